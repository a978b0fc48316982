//! Memory: the pages that operands lie in, and how much a process used.

use std::io;

use kernels::operands::PAGE_BYTES;
use memmap2::MmapMut;

/// A large page: 2 MiB on x86-64, and on ARM with pages of 4 KiB.
const LARGE_PAGE_BYTES: usize = 2 << 20;

/// Zeroed memory that starts on a large page, every page of it present.
///
/// Large pages where the system has them: which physical pages a process gets is chance, and one launch in ten was up to
/// 180 % slower for it, from its first sample to its last (`add_f32` at n1000). Beneath a hypervisor even a large page may
/// be pieced together from small ones, so that there is a choice of [`places`](Arena::places) in it.
#[derive(Debug)]
pub struct Arena {
    map: MmapMut,
    start: usize,
    bytes: usize,
}

impl Arena {
    /// An arena of so many bytes.
    ///
    /// # Errors
    ///
    /// When the operating system has not so much.
    pub fn new(bytes: usize) -> io::Result<Self> {
        let whole = bytes.max(1).next_multiple_of(LARGE_PAGE_BYTES);
        let mut map = MmapMut::map_anon(whole + LARGE_PAGE_BYTES)?;
        let start = map.as_ptr().align_offset(LARGE_PAGE_BYTES);
        #[cfg(target_os = "linux")]
        if let Err(error) = map.advise_range(memmap2::Advice::HugePage, start, whole) {
            tracing::debug!("no large pages: {error}");
        }
        // A page is only there once it is written to; inside a sample that would be a fault.
        map[start..start + whole].fill(0);
        Ok(Self { map, start, bytes })
    }

    /// Whether it lies on large pages; `None` where the operating system does not tell.
    #[must_use]
    pub fn is_on_large_pages(&self) -> Option<bool> {
        large_bytes().map(|bytes| bytes >= self.bytes.max(1).next_multiple_of(LARGE_PAGE_BYTES) as u64)
    }

    /// Where in its large pages the operands may lie: as many places, side by side, as there is room for, eight at most.
    pub fn places(&self) -> impl Iterator<Item = usize> + use<> {
        const MOST: usize = 8;
        let each = self.bytes.max(1).next_multiple_of(PAGE_BYTES);
        let whole = self.bytes.max(1).next_multiple_of(LARGE_PAGE_BYTES);
        (0..(whole / each).min(MOST)).map(move |place| place * each)
    }

    /// The memory from `place` on, one of [`places`](Arena::places).
    ///
    /// # Panics
    ///
    /// When `place` is beyond them.
    pub fn bytes_mut(&mut self, place: usize) -> &mut [u8] {
        let start = self.start + place;
        &mut self.map[start..start + self.bytes]
    }
}

/// The largest resident memory of this process so far, in bytes; `None` where the operating system does not tell.
#[cfg(target_os = "linux")]
#[must_use]
pub fn peak_bytes() -> Option<u64> {
    // Not getrusage: its figure begins with the parent's.
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    bytes_of(&status, "VmHWM:")
}

/// How much of this process's memory lies on large pages, in bytes.
#[cfg(target_os = "linux")]
fn large_bytes() -> Option<u64> {
    bytes_of(&std::fs::read_to_string("/proc/self/smaps_rollup").ok()?, "AnonHugePages:")
}

/// Other systems do not tell.
#[cfg(not(target_os = "linux"))]
fn large_bytes() -> Option<u64> {
    None
}

/// The value of a line of `/proc/self/status` or `smaps_rollup`, in bytes.
#[cfg(any(target_os = "linux", test))]
fn bytes_of(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// The largest resident memory of this process so far, in bytes; `None` where the operating system does not tell.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn peak_bytes() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    // macOS counts bytes here, where Linux counts KiB.
    u64::try_from(usage.max_rss()).ok().filter(|&bytes| bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arena_starts_on_a_large_page() {
        let mut arena = Arena::new(10).unwrap();
        assert_eq!(arena.bytes_mut(0).as_ptr() as usize % LARGE_PAGE_BYTES, 0);
        assert_eq!(arena.bytes_mut(0).len(), 10);
    }

    #[test]
    fn small_operands_have_a_choice_of_places_and_large_ones_have_none() {
        let places = |bytes| Arena::new(bytes).unwrap().places().collect::<Vec<_>>();
        assert_eq!(places(10), (0..8).map(|place| place * PAGE_BYTES).collect::<Vec<_>>());
        assert_eq!(places(LARGE_PAGE_BYTES / 2), [0, LARGE_PAGE_BYTES / 2]);
        assert_eq!(places(LARGE_PAGE_BYTES + 1), [0]);
    }

    #[test]
    fn the_peak_is_read_from_the_status() {
        assert_eq!(bytes_of("Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t    1234 kB\n", "VmHWM:"), Some(1234 * 1024));
        assert_eq!(bytes_of("Name:\tx\n", "VmHWM:"), None);
    }

    #[test]
    fn the_peak_grows_with_what_is_used() {
        let before = peak_bytes().unwrap();
        let mut arena = Arena::new(64 << 20).unwrap();
        assert!(peak_bytes().unwrap() > before.max(64 << 20), "{}", arena.bytes_mut(0).len());
    }
}
