//! The fingerprint: which machine this is, and with which others its numbers may be compared.

use std::{collections::BTreeMap, thread};

use serde::Serialize;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::{
    cpu::{self, Caches, UNKNOWN},
    isa::{self, IsaLevel, IsaSet},
    key::PlatformKey,
    virtualization,
};

/// Which machine this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// The CPU's name as its maker writes it, `AMD EPYC`; `unknown` where nothing tells it.
    pub cpu_model: String,
    /// The CPU's identity, [`cpu::Cpu::id`]; `unknown` where nothing tells it.
    pub cpu_id: String,
    /// What the CPU can do, least first, whatever `TIDEGAUGE_ISA` says.
    pub isa_levels: Vec<IsaLevel>,
    /// CPUs that the operating system schedules on, at least 1, whatever this process is pinned to.
    pub logical_cpus: u32,
    /// Main memory; `None` where the operating system does not tell.
    pub memory_bytes: Option<u64>,
    /// The size of one cache of each kind: `l1d`, `l1i`, `l2`, `l3`. What nothing tells is left out, so it is empty
    /// under emulation: the caches that show there are the host's, or nobody's.
    pub caches_bytes: BTreeMap<String, u64>,
    /// The operating system and its version; `unknown` where nothing tells it.
    pub os: String,
    /// The kernel's version; `unknown` where nothing tells it.
    pub kernel: String,
    /// Whether a hypervisor is beneath; `None` where nothing tells it, which is always so under emulation.
    pub virtualized: Option<bool>,
    /// Whether software translates the instructions, so that timings mean nothing;
    /// [`virtualization::emulator`] says which.
    pub emulated: bool,
    /// Names the machines whose numbers may be compared with this one's, [`class`].
    pub class: String,
}

/// The fingerprint of this machine.
#[must_use]
pub fn fingerprint() -> Fingerprint {
    let wanted =
        RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()).with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(wanted).ok();
    let cpu = cpu::this();
    let levels = isa::detected();
    let emulated = virtualization::emulator().is_some();
    let caches = if emulated { Caches::default() } else { cpu.caches };
    let virtualized = if emulated { None } else { virtualization::virtualized() };
    let platform = PlatformKey::of_this_build()
        .map_or_else(|| format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH), |key| key.to_string());
    let told = |text: Option<String>| {
        text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).unwrap_or_else(|| UNKNOWN.to_owned())
    };
    Fingerprint {
        cpu_model: cpu.model.clone(),
        cpu_id: cpu.id.clone(),
        isa_levels: levels.iter().collect(),
        logical_cpus: logical_cpus(system.as_ref()),
        memory_bytes: system.map(|system| system.total_memory()).filter(|&bytes| bytes > 0),
        caches_bytes: caches.iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect(),
        os: told(System::long_os_version().ok()),
        kernel: told(System::kernel_version().ok()),
        virtualized,
        emulated,
        class: class(&platform, &cpu.id, caches, levels, virtualized, emulated),
    }
}

fn logical_cpus(system: Option<&System>) -> u32 {
    let known = system.map(|system| system.cpus().len()).filter(|&count| count > 0);
    // The second counts only those that this process may use.
    let count = known.or_else(|| thread::available_parallelism().ok().map(std::num::NonZero::get)).unwrap_or(1);
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The most characters a class has. File names hold it beside a platform, a time and a commit.
pub const CLASS_LENGTH_MAX: usize = 128;

/// The class of a machine with these parts, for instance
/// `linux-x86_64.AuthenticAMD-25-17-1.l1d32K-l1i32K-l2-1M-l3-32M.avx512.virtualized`.
///
/// It holds only `A-Z a-z 0-9 . _ -`, at most [`CLASS_LENGTH_MAX`] of them, and equal parts give the same class for
/// ever. Different parts give different classes: what would have to be rewritten or cut to fit carries the FNV-1a hash
/// of what it was.
#[must_use]
pub fn class(
    platform: &str,
    cpu_id: &str,
    caches: Caches,
    levels: IsaSet,
    virtualized: Option<bool>,
    emulated: bool,
) -> String {
    /// Room for two kinds of ARM core, which is the longest identity seen.
    const PART_LENGTH_MAX: usize = 48;

    let highest = levels.highest();
    let levels: Vec<&str> = if levels == highest.with_those_below() {
        vec![highest.name()]
    } else {
        levels.iter().map(IsaLevel::name).collect()
    };
    let mut parts = vec![
        bounded(platform, PART_LENGTH_MAX, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
        bounded(cpu_id, PART_LENGTH_MAX, |c| c.is_ascii_alphanumeric() || c == '-'),
        caches_part(caches),
        levels.join("-"),
        match virtualized {
            Some(true) => "virtualized",
            Some(false) => "bare-metal",
            None => "unknown",
        }
        .to_owned(),
    ];
    if emulated {
        parts.push("emulated".to_owned());
    }
    bounded(&parts.join("."), CLASS_LENGTH_MAX, |c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// `l1d32K-l1i32K-l2-1M-l3-32M`: the hyphen keeps a name's digit from the size.
fn caches_part(caches: Caches) -> String {
    let part = |(name, bytes): (&str, u64)| {
        let hyphen = if name.ends_with(|c: char| c.is_ascii_digit()) { "-" } else { "" };
        format!("{name}{hyphen}{}", size(bytes))
    };
    let parts: Vec<String> = caches.iter().map(part).collect();
    if parts.is_empty() { "unknown".to_owned() } else { parts.join("-") }
}

/// Exact, in the largest unit that leaves no remainder.
fn size(bytes: u64) -> String {
    let units = [(30, "G"), (20, "M"), (10, "K")];
    let unit = units.into_iter().find(|&(shift, _)| bytes > 0 && bytes.trailing_zeros() >= shift);
    unit.map_or_else(|| format!("{bytes}B"), |(shift, unit)| format!("{}{unit}", bytes >> shift))
}

/// `text` where all its characters are `allowed` and it is not too long; else what can be shown of it, and its hash.
fn bounded(text: &str, length_max: usize, allowed: impl Fn(char) -> bool) -> String {
    const HASH_LENGTH: usize = "_0123456789abcdef".len();
    if (1..=length_max).contains(&text.len()) && text.chars().all(&allowed) {
        return text.to_owned();
    }
    let shown: String = text.chars().map(|c| if allowed(c) { c } else { '-' }).take(length_max - HASH_LENGTH).collect();
    format!("{shown}_{:016x}", fnv1a(text.as_bytes()))
}

/// FNV-1a in 64 bits (Fowler, Noll and Vo, 1991). Not std's hash, which may change with the compiler.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHES: Caches = Caches {
        l1d_bytes: Some(32 << 10),
        l1i_bytes: Some(32 << 10),
        l2_bytes: Some(1 << 20),
        l3_bytes: Some(32 << 20),
    };

    fn class_of_cpu(cpu_id: &str) -> String {
        class("linux-x86_64", cpu_id, CACHES, IsaLevel::Avx512.with_those_below(), Some(true), false)
    }

    fn is_safe(class: &str) -> bool {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        !class.is_empty() && class.len() <= CLASS_LENGTH_MAX && !class.starts_with('.') && class.chars().all(allowed)
    }

    #[test]
    fn a_class_reads_as_its_parts() {
        let expected = "linux-x86_64.AuthenticAMD-25-17-1.l1d32K-l1i32K-l2-1M-l3-32M.avx512.virtualized";
        assert_eq!(class_of_cpu("AuthenticAMD-25-17-1"), expected);
    }

    #[test]
    fn two_kinds_of_arm_core_fit_as_they_are() {
        let id = "0x41-0x0-0xd03-4-and-0x41-0x0-0xd08-3";
        assert!(class_of_cpu(id).contains(&format!(".{id}.")));
    }

    #[test]
    fn each_part_tells_classes_apart() {
        let avx2 = IsaLevel::Avx2.with_those_below();
        let avx512 = IsaLevel::Avx512.with_those_below();
        let gap: IsaSet = [IsaLevel::Avx512].into_iter().collect();
        let larger = Caches { l3_bytes: Some(33 << 20), ..CACHES };
        let without = Caches { l3_bytes: None, ..CACHES };
        let swapped = Caches { l1i_bytes: None, l2_bytes: None, ..CACHES };
        let classes = [
            class("linux-x86_64", "A-1", CACHES, avx2, Some(true), false),
            class("macos-x86_64", "A-1", CACHES, avx2, Some(true), false),
            class("linux-x86_64", "A-2", CACHES, avx2, Some(true), false),
            class("linux-x86_64", "A-1", larger, avx2, Some(true), false),
            class("linux-x86_64", "A-1", without, avx2, Some(true), false),
            class("linux-x86_64", "A-1", swapped, avx2, Some(true), false),
            class("linux-x86_64", "A-1", Caches::default(), avx2, Some(true), false),
            class("linux-x86_64", "A-1", CACHES, avx512, Some(true), false),
            class("linux-x86_64", "A-1", CACHES, gap, Some(true), false),
            class("linux-x86_64", "A-1", CACHES, avx2, Some(false), false),
            class("linux-x86_64", "A-1", CACHES, avx2, None, false),
            class("linux-x86_64", "A-1", CACHES, avx2, Some(true), true),
        ];
        let distinct: std::collections::BTreeSet<&String> = classes.iter().collect();
        assert_eq!(distinct.len(), classes.len(), "{classes:#?}");
    }

    #[test]
    fn hostile_identities_make_safe_classes() {
        for id in ["", "../../etc/passwd", "a/b", "a\0b", "Ünïcode\n", ". .", &"x".repeat(10_000)] {
            assert!(is_safe(&class_of_cpu(id)), "{id:?} gave {:?}", class_of_cpu(id));
        }
    }

    #[test]
    fn identities_that_look_alike_once_rewritten_stay_apart() {
        let ids = ["a b", "a/b", "a-b", "a.b", "a_b", "", "-", "unknown"];
        let classes: std::collections::BTreeSet<String> = ids.iter().map(|id| class_of_cpu(id)).collect();
        assert_eq!(classes.len(), ids.len(), "{classes:#?}");
    }

    #[test]
    fn an_identity_cannot_pose_as_a_rewritten_one() {
        let rewritten = bounded("a b", 48, |c| c.is_ascii_alphanumeric() || c == '-');
        assert_ne!(class_of_cpu("a b"), class_of_cpu(&rewritten));
    }

    #[test]
    fn identities_that_differ_only_where_they_are_cut_stay_apart() {
        let long = "x".repeat(200);
        assert_ne!(class_of_cpu(&format!("{long}1")), class_of_cpu(&format!("{long}2")));
    }

    #[test]
    fn the_longest_parts_still_fit() {
        let odd = Some(u64::MAX);
        let caches = Caches { l1d_bytes: odd, l1i_bytes: odd, l2_bytes: odd, l3_bytes: odd };
        let all: IsaSet = IsaLevel::ALL.into_iter().collect();
        assert!(is_safe(&class(&"p".repeat(99), &"x".repeat(99), caches, all, None, true)));
    }

    #[test]
    fn a_size_is_never_rounded() {
        assert_eq!([1 << 20, (1 << 20) + 1024, (1 << 20) + 1, 0].map(size), ["1M", "1025K", "1048577B", "0B"]);
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn this_machine_has_a_safe_class() {
        let class = fingerprint().class;
        assert!(is_safe(&class), "{class}");
    }

    #[test]
    fn this_machine_is_the_same_when_asked_again() {
        assert_eq!(fingerprint(), fingerprint());
    }

    #[test]
    fn this_machine_has_a_cpu() {
        assert!(fingerprint().logical_cpus > 0);
    }
}
