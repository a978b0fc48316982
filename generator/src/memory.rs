//! Memory: the pages that operands lie in, and how much a process used.

use std::io;

use memmap2::MmapMut;

/// Zeroed memory that starts on a page, every page of it present.
///
/// # Errors
///
/// When the operating system has not so much.
pub fn arena(bytes: usize) -> io::Result<MmapMut> {
    let mut arena = MmapMut::map_anon(bytes.max(1))?;
    // A page is only there once it is written to; inside a sample that would be a fault.
    arena.fill(0);
    Ok(arena)
}

/// The largest resident memory of this process so far, in bytes; `None` where the operating system does not tell.
#[cfg(target_os = "linux")]
#[must_use]
pub fn peak_bytes() -> Option<u64> {
    // Not getrusage: its figure begins with the parent's.
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    peak_of(&status)
}

/// The `VmHWM` of a `/proc/self/status`, in bytes.
#[cfg(any(target_os = "linux", test))]
fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
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
    fn an_arena_starts_on_a_page() {
        let arena = arena(10).unwrap();
        assert_eq!(arena.as_ptr() as usize % 4096, 0);
        assert_eq!(arena.len(), 10);
    }

    #[test]
    fn the_peak_is_read_from_the_status() {
        assert_eq!(peak_of("Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t    1234 kB\n"), Some(1234 * 1024));
        assert_eq!(peak_of("Name:\tx\n"), None);
    }

    #[test]
    fn the_peak_grows_with_what_is_used() {
        let before = peak_bytes().unwrap();
        let arena = arena(64 << 20).unwrap();
        assert!(peak_bytes().unwrap() > before.max(64 << 20), "{}", arena.len());
    }
}
