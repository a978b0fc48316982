//! The CPU: its name, its identity, its caches.
//!
//! | where | asked |
//! |---|---|
//! | x86 | CPUID, by `raw-cpuid`; for the caches of hybrid CPUs the kernel's files too |
//! | ARM under Linux | `/proc/cpuinfo`, the MIDR and the cache files under `/sys/devices/system/cpu` |
//! | a Mac with Apple's chip | `sysctl`, started once: the library call would need `unsafe` |
//!
//! The parsers take text or a reader, so that each is tested on every host. What nothing tells is unknown, never
//! guessed.

use std::sync::OnceLock;

#[cfg(any(test, all(target_os = "macos", not(target_arch = "x86_64"))))]
mod apple;
#[cfg(any(test, all(target_os = "linux", target_arch = "aarch64")))]
mod arm;
#[cfg(any(test, target_os = "linux"))]
mod sysfs;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub(crate) mod x86;

/// What stands where nothing tells a name.
pub const UNKNOWN: &str = "unknown";

/// What is known of a CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// Its name as its maker writes it, `AMD EPYC`; [`UNKNOWN`] where nothing tells it.
    pub model: String,
    /// Its identity: `vendor-family-model-stepping` on x86 (`AuthenticAMD-25-17-1`),
    /// `implementer-variant-part-revision` on ARM (`0x41-0x3-0xd0c-1`; several kinds of core are joined by `-and-`),
    /// brand and `hw.cpufamily` on Apple's chips (`Apple-M1-1b588bb3`); [`UNKNOWN`] where nothing tells it.
    pub id: String,
    /// Its caches.
    pub caches: Caches,
}

/// The size of one cache of each kind. Where cores differ, of the largest; `None` where there is none, or where
/// nothing tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caches {
    /// A core's first-level data cache.
    pub l1d_bytes: Option<u64>,
    /// A core's first-level instruction cache.
    pub l1i_bytes: Option<u64>,
    /// The second-level cache of a core or a cluster.
    pub l2_bytes: Option<u64>,
    /// The third-level cache of the cores that share one.
    pub l3_bytes: Option<u64>,
}

impl Caches {
    /// Each known cache with its name, by name: `l1d`, `l1i`, `l2`, `l3`.
    pub fn iter(self) -> impl Iterator<Item = (&'static str, u64)> {
        [("l1d", self.l1d_bytes), ("l1i", self.l1i_bytes), ("l2", self.l2_bytes), ("l3", self.l3_bytes)]
            .into_iter()
            .filter_map(|(name, bytes)| Some((name, bytes?)))
    }

    /// Takes note of a cache; of two of a kind the larger stands. A size of 0 is no cache.
    #[cfg(any(test, target_os = "linux", target_arch = "x86", target_arch = "x86_64"))]
    fn note(&mut self, level: u32, kind: CacheKind, bytes: u64) {
        let slot = match (level, kind) {
            (1, CacheKind::Data) => &mut self.l1d_bytes,
            (1, CacheKind::Instruction) => &mut self.l1i_bytes,
            (2, CacheKind::Data | CacheKind::Unified) => &mut self.l2_bytes,
            (3, CacheKind::Data | CacheKind::Unified) => &mut self.l3_bytes,
            _ => return,
        };
        *slot = (*slot).max(Some(bytes).filter(|&bytes| bytes > 0));
    }
}

/// What a cache holds.
#[cfg(any(test, target_os = "linux", target_arch = "x86", target_arch = "x86_64"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CacheKind {
    Data,
    Instruction,
    Unified,
}

/// Whether the text of `/proc/cpuinfo` tells of an ARM CPU that no maker stands behind.
#[cfg(all(feature = "fingerprint", any(test, all(target_os = "linux", target_arch = "aarch64"))))]
pub(crate) fn is_of_software(cpuinfo: &str) -> bool {
    arm::kinds(cpuinfo).into_iter().any(arm::Kind::is_of_software)
}

/// The CPU that this runs on. Asked once a process; under macOS on ARM that starts `/usr/sbin/sysctl`.
#[must_use]
pub fn this() -> &'static Cpu {
    static CPU: OnceLock<Cpu> = OnceLock::new();
    CPU.get_or_init(ask)
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn ask() -> Cpu {
    // The cores of a hybrid CPU have different caches, and CPUID answers for the one it happens to run on.
    #[cfg(target_os = "linux")]
    let all_cores = || sysfs::caches(&crate::files::read);
    #[cfg(not(target_os = "linux"))]
    let all_cores = Caches::default;
    x86::cpu(&x86::native(), all_cores)
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
fn ask() -> Cpu {
    arm::cpu(&crate::files::read)
}

#[cfg(all(target_os = "macos", not(any(target_arch = "x86", target_arch = "x86_64"))))]
fn ask() -> Cpu {
    apple::cpu(crate::sysctl::this())
}

#[cfg(not(any(
    target_arch = "x86",
    target_arch = "x86_64",
    target_os = "macos",
    all(target_os = "linux", target_arch = "aarch64")
)))]
fn ask() -> Cpu {
    Cpu { model: UNKNOWN.to_owned(), id: UNKNOWN.to_owned(), caches: Caches::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_of_two_caches_of_a_kind_stands() {
        let mut caches = Caches::default();
        caches.note(2, CacheKind::Unified, 2 << 20);
        caches.note(2, CacheKind::Unified, 1 << 20);
        assert_eq!(caches.l2_bytes, Some(2 << 20));
    }

    #[test]
    fn a_cache_of_no_size_is_no_cache() {
        let mut caches = Caches::default();
        caches.note(3, CacheKind::Unified, 0);
        assert_eq!(caches, Caches::default());
    }

    #[test]
    fn a_fourth_level_is_left_out() {
        let mut caches = Caches::default();
        caches.note(4, CacheKind::Unified, 128 << 20);
        assert_eq!(caches.iter().count(), 0);
    }

    /// The only check of a parser of ours against another's on a real machine.
    #[cfg(all(target_os = "linux", target_arch = "x86_64", feature = "fingerprint"))]
    #[test]
    fn cpuid_and_the_kernel_tell_the_same_caches() {
        if crate::virtualization::emulator().is_some() {
            // There the one tells of the translator's CPU and the other of the host's.
            return;
        }
        let by_kernel: Vec<_> = sysfs::caches(&crate::files::read).iter().collect();
        for (name, bytes) in this().caches.iter() {
            // A sandbox may hide the kernel's files.
            let told = by_kernel.iter().find(|cache| cache.0 == name);
            assert!(told.is_none_or(|cache| cache.1 == bytes), "{name}: {bytes} and {told:?}");
        }
    }

    #[test]
    fn this_cpu_is_asked_once() {
        assert!(std::ptr::eq(this(), this()));
    }
}
