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
    /// An arena of so many bytes in a file that another process may lay its own arena into: both then run in the same
    /// physical pages, and what these pages do to a call they do to both. The file is as long as
    /// [`shared_bytes`](Self::shared_bytes) says.
    ///
    /// # Errors
    ///
    /// When the operating system has not so much, or the file cannot be laid into memory.
    ///
    /// # Panics
    ///
    /// Never: no map starts at 0, and none is empty.
    #[cfg(target_os = "linux")]
    pub fn shared(bytes: usize, file: &std::fs::File) -> io::Result<Self> {
        use nix::sys::mman::{MapFlags, ProtFlags, mmap};
        let whole = Self::shared_bytes(bytes);
        if file.metadata()?.len() < whole as u64 {
            // Memory beyond the end of a file ends the process that looks at it.
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is shorter than {whole} bytes")));
        }
        // Address space of our own, a large page more than is needed, to find a start on a large page in it.
        let map = MmapMut::map_anon(whole + LARGE_PAGE_BYTES)?;
        let start = map.as_ptr().align_offset(LARGE_PAGE_BYTES);
        let address = std::num::NonZeroUsize::new(map.as_ptr().addr() + start).expect("no map starts at 0");
        let length = std::num::NonZeroUsize::new(whole).expect("a whole number of large pages, one at least");
        let (protection, flags) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED);
        // SAFETY: the pages it replaces are those of `map`, which is ours and nobody has looked into yet; it is unmapped
        // with them. The other process writes only while this one waits for its turn.
        let placed = unsafe { mmap(Some(address), length, protection, flags | MapFlags::MAP_FIXED, file, 0) }?;
        debug_assert_eq!(placed.addr(), address);
        let mut arena = Self { map, start, bytes };
        for place in (0..whole).step_by(PAGE_BYTES) {
            // Not overwritten: the other process may have laid its operands there.
            let byte = &mut arena.map[start + place];
            *std::hint::black_box(byte) = *byte;
        }
        arena.collapse(whole);
        Ok(arena)
    }

    /// Makes large pages of the small ones that are there; without any, it stays as it is and says so when asked.
    #[cfg(target_os = "linux")]
    fn collapse(&mut self, whole: usize) {
        let start = self.map[self.start..].as_mut_ptr();
        // SAFETY: the range is a part of our own map; the advice changes which pages lie under it, not what they hold.
        let collapsed = unsafe { nix::libc::madvise(start.cast(), whole, nix::libc::MADV_COLLAPSE) };
        if collapsed != 0 {
            tracing::debug!("no large pages: {}", io::Error::last_os_error());
        }
    }

    /// A file without a name for arenas of so many bytes that share their physical pages: those of this process, and of
    /// others while it lives.
    ///
    /// # Errors
    ///
    /// When the operating system has no such file.
    #[cfg(target_os = "linux")]
    pub fn file(bytes: usize) -> io::Result<std::fs::File> {
        use nix::sys::memfd::{MFdFlags, memfd_create};
        let file = std::fs::File::from(memfd_create("tidegauge", MFdFlags::MFD_CLOEXEC)?);
        file.set_len(Self::shared_bytes(bytes) as u64)?;
        Ok(file)
    }

    /// How long a shared file must be for an arena of so many bytes.
    #[must_use]
    pub fn shared_bytes(bytes: usize) -> usize {
        bytes.max(1).next_multiple_of(LARGE_PAGE_BYTES)
    }

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
    let maps = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    Some(bytes_of(&maps, "AnonHugePages:")? + bytes_of(&maps, "ShmemPmdMapped:").unwrap_or(0))
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
    #[cfg(target_os = "linux")]
    fn what_one_writes_into_a_shared_arena_the_other_reads() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(Arena::shared_bytes(5000) as u64).unwrap();
        let mut one = Arena::shared(5000, &file).unwrap();
        one.bytes_mut(PAGE_BYTES)[4999] = 7;
        let mut other = Arena::shared(5000, &file).unwrap();
        assert_eq!(other.bytes_mut(PAGE_BYTES)[4999], 7);
        other.bytes_mut(PAGE_BYTES)[4999] = 8;
        assert_eq!(one.bytes_mut(PAGE_BYTES)[4999], 8);
        assert_eq!(other.bytes_mut(0).as_ptr() as usize % LARGE_PAGE_BYTES, 0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_is_too_short_is_no_memory() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(Arena::shared_bytes(5000) as u64 - 1).unwrap();
        assert!(Arena::shared(5000, &file).unwrap_err().to_string().contains("shorter"));
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
