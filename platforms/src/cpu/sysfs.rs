//! The caches as Linux lists them under `/sys/devices/system/cpu`.

use super::{CacheKind, Caches};
use crate::files::Read;

/// The caches of all CPUs that the kernel lists, the largest of each kind.
pub(super) fn caches(read: Read<'_>) -> Caches {
    let mut caches = Caches::default();
    let cpus = read("/sys/devices/system/cpu/present").map(|list| cpu_numbers(&list)).unwrap_or_default();
    for cpu in cpus {
        for index in 0.. {
            let cache = |file| read(&format!("/sys/devices/system/cpu/cpu{cpu}/cache/index{index}/{file}"));
            let Some(level) = cache("level") else { break };
            let kind = match cache("type").as_deref() {
                Some("Data") => CacheKind::Data,
                Some("Instruction") => CacheKind::Instruction,
                Some("Unified") => CacheKind::Unified,
                _ => continue,
            };
            // Firmware of ARM machines often tells the caches but not their sizes.
            let Some(bytes) = cache("size").and_then(|size| size_bytes(&size)) else {
                continue;
            };
            if let Ok(level) = level.parse() {
                caches.note(level, kind, bytes);
            }
        }
    }
    caches
}

/// The numbers in a list such as `0-3,8`; what is no such list is empty.
pub(super) fn cpu_numbers(list: &str) -> Vec<u32> {
    /// More than Linux can be built for: what claims more is no list of CPUs.
    const MOST: u32 = 1 << 14;
    let ranges = list.trim().split(',').map(|range| {
        let (start, end) = range.split_once('-').unwrap_or((range, range));
        let (start, end): (u32, u32) = (start.parse().ok()?, end.parse().ok()?);
        (end < MOST).then_some(start..=end)
    });
    ranges.collect::<Option<Vec<_>>>().unwrap_or_default().into_iter().flatten().collect()
}

/// `32K` as bytes.
fn size_bytes(text: &str) -> Option<u64> {
    let (digits, unit) = match text.char_indices().last()? {
        (end, 'K') => (&text[..end], 1 << 10),
        (end, 'M') => (&text[..end], 1 << 20),
        (end, 'G') => (&text[..end], 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::fake;

    const BASE: &str = "/sys/devices/system/cpu";

    fn cache(cpu: u32, index: u32, level: &str, kind: &str, size: &str) -> [(String, String); 3] {
        let file = |name, text: &str| (format!("{BASE}/cpu{cpu}/cache/index{index}/{name}"), text.to_owned());
        [file("level", level), file("type", kind), file("size", size)]
    }

    fn present(list: &str) -> (String, String) {
        (format!("{BASE}/present"), list.to_owned())
    }

    #[test]
    fn each_kind_of_cache_is_read() {
        let files: Vec<_> = [
            cache(0, 0, "1", "Data", "64K"),
            cache(0, 1, "1", "Instruction", "64K"),
            cache(0, 2, "2", "Unified", "1024K"),
            cache(0, 3, "3", "Unified", "32M"),
        ]
        .concat();
        let caches = caches(&fake(&[files, vec![present("0")]].concat()));
        let expected = [("l1d", 64 << 10), ("l1i", 64 << 10), ("l2", 1 << 20), ("l3", 32 << 20)];
        assert_eq!(caches.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_largest_of_all_cores_stands() {
        let files = [cache(0, 0, "1", "Data", "32K"), cache(4, 0, "1", "Data", "48K")].concat();
        let caches = caches(&fake(&[files, vec![present("0-4")]].concat()));
        assert_eq!(caches.l1d_bytes, Some(48 << 10));
    }

    #[test]
    fn a_cache_of_untold_size_is_left_out() {
        let [level, kind, _] = cache(0, 0, "2", "Unified", "");
        assert_eq!(caches(&fake(&[present("0"), level, kind])), Caches::default());
    }

    #[test]
    fn a_kernel_that_lists_nothing_leaves_all_unknown() {
        assert_eq!(caches(&fake(&[])), Caches::default());
    }

    #[test]
    fn a_list_of_cpus_has_ranges_and_single_ones() {
        assert_eq!(cpu_numbers("0-2,8\n"), [0, 1, 2, 8]);
    }

    #[test]
    fn what_is_no_list_of_cpus_is_empty() {
        for text in ["", "x", "0-", "0-4294967295"] {
            assert!(cpu_numbers(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_size_has_a_unit() {
        assert_eq!(size_bytes("1024K"), Some(1 << 20));
    }

    #[test]
    fn a_size_without_digits_is_none() {
        assert_eq!(size_bytes("K"), None);
    }
}
