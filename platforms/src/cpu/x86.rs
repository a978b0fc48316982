//! What CPUID tells of an x86 CPU, and of a hypervisor or an emulator beneath it.

#[cfg(feature = "fingerprint")]
use raw_cpuid::Hypervisor;
use raw_cpuid::{CacheType, CpuId, CpuIdReader, CpuIdReaderNative};

use super::{CacheKind, Caches, Cpu, UNKNOWN};

/// The CPUID of this machine.
pub(crate) const fn native() -> CpuIdReaderNative {
    CpuIdReaderNative
}

/// The CPU that `reader` tells of. `all_cores` knows the caches of every core, and is asked only where they differ.
pub(super) fn cpu<R: CpuIdReader>(reader: &R, all_cores: impl FnOnce() -> Caches) -> Cpu {
    let cpuid = CpuId::with_cpuid_reader(reader.clone());
    let caches = if is_hybrid(reader) { Some(all_cores()).filter(|&caches| caches != Caches::default()) } else { None };
    Cpu { model: model(&cpuid), id: id(&cpuid), caches: caches.unwrap_or_else(|| self::caches(&cpuid)) }
}

/// Whether a hypervisor says that it is there; `None` where the CPU has no leaf to say so.
#[cfg(feature = "fingerprint")]
pub(crate) fn has_hypervisor<R: CpuIdReader>(reader: &R) -> Option<bool> {
    CpuId::with_cpuid_reader(reader.clone()).get_feature_info().map(|features| features.has_hypervisor())
}

/// Whether qemu's own signature stands in place of a hypervisor's: then it translates. Over KVM it shows KVM's.
#[cfg(feature = "fingerprint")]
pub(crate) fn is_qemu<R: CpuIdReader>(reader: &R) -> bool {
    let cpuid = CpuId::with_cpuid_reader(reader.clone());
    cpuid.get_hypervisor_info().is_some_and(|info| info.identify() == Hypervisor::QEMU)
        || model(&cpuid).starts_with("QEMU TCG CPU")
}

/// Whether Rosetta translates: it names the CPU, under Linux the vendor, `VirtualApple`.
#[cfg(feature = "fingerprint")]
pub(crate) fn is_rosetta<R: CpuIdReader>(reader: &R) -> bool {
    let cpuid = CpuId::with_cpuid_reader(reader.clone());
    model(&cpuid).starts_with("VirtualApple") || id(&cpuid).starts_with("VirtualApple")
}

fn model<R: CpuIdReader>(cpuid: &CpuId<R>) -> String {
    let brand = cpuid.get_processor_brand_string();
    // Some makers pad the name in front, some inside.
    let words: Vec<&str> = brand.as_ref().map(|brand| brand.as_str().split_whitespace().collect()).unwrap_or_default();
    if words.is_empty() { UNKNOWN.to_owned() } else { words.join(" ") }
}

fn id<R: CpuIdReader>(cpuid: &CpuId<R>) -> String {
    let (Some(vendor), Some(features)) = (cpuid.get_vendor_info(), cpuid.get_feature_info()) else {
        return UNKNOWN.to_owned();
    };
    let (family, model, stepping) = (features.family_id(), features.model_id(), features.stepping_id());
    format!("{}-{family}-{model}-{stepping}", vendor.as_str().trim())
}

fn caches<R: CpuIdReader>(cpuid: &CpuId<R>) -> Caches {
    let mut caches = Caches::default();
    if is_amd(cpuid) && !has_topology_extensions(cpuid) {
        // Without them there is no leaf that lists the caches, and raw-cpuid would read whatever stands there. These
        // older leaves tell the third level of the whole package only, so it stays unknown.
        if let Some(first) = cpuid.get_l1_cache_and_tlb_info() {
            caches.note(1, CacheKind::Data, kibibytes(first.dcache_size().into()));
            caches.note(1, CacheKind::Instruction, kibibytes(first.icache_size().into()));
        }
        if let Some(second) = cpuid.get_l2_l3_cache_and_tlb_info() {
            caches.note(2, CacheKind::Unified, kibibytes(second.l2cache_size().into()));
        }
        return caches;
    }
    for cache in cpuid.get_cache_parameters().into_iter().flatten() {
        let kind = match cache.cache_type() {
            CacheType::Data => CacheKind::Data,
            CacheType::Instruction => CacheKind::Instruction,
            CacheType::Unified => CacheKind::Unified,
            CacheType::Null | CacheType::Reserved => continue,
        };
        let factors =
            [cache.associativity(), cache.physical_line_partitions(), cache.coherency_line_size(), cache.sets()];
        caches.note(cache.level().into(), kind, factors.into_iter().map(|factor| factor as u64).product());
    }
    caches
}

const fn kibibytes(count: u64) -> u64 {
    count * 1024
}

fn is_amd<R: CpuIdReader>(cpuid: &CpuId<R>) -> bool {
    cpuid.get_vendor_info().is_some_and(|vendor| matches!(vendor.as_str(), "AuthenticAMD" | "HygonGenuine"))
}

fn has_topology_extensions<R: CpuIdReader>(cpuid: &CpuId<R>) -> bool {
    cpuid
        .get_extended_processor_and_feature_identifiers()
        .is_some_and(|identifiers| identifiers.has_topology_extensions())
}

/// Leaf 7, EDX bit 15: the cores are of more than one kind. AMD keeps the bit clear.
fn is_hybrid<R: CpuIdReader>(reader: &R) -> bool {
    let highest_leaf = reader.cpuid1(0).eax;
    highest_leaf >= 7 && reader.cpuid2(7, 0).edx & (1 << 15) != 0
}

#[cfg(test)]
mod tests {
    use raw_cpuid::CpuIdResult;

    use super::*;

    type Leaf = (u32, u32, [u32; 4]);

    /// As a Zen 4 guest of KVM answered.
    const EPYC: [Leaf; 13] = [
        (0, 0, [0x1c, 0x6874_7541, 0x444d_4163, 0x6974_6e65]),
        (1, 0, [0x00a1_0f11, 0x0102_0800, 0xfffa_3203, 0x178b_fbff]),
        (0x4000_0000, 0, [0x4000_0001, 0x4b4d_564b, 0x564b_4d56, 0x4d]),
        (0x8000_0000, 0, [0x8000_0028, 0, 0, 0]),
        (0x8000_0001, 0, [0x00a1_0f11, 0, 1 << 22, 0]),
        (0x8000_0002, 0, [0x2044_4d41, 0x4359_5045, 0, 0]),
        (0x8000_0003, 0, [0; 4]),
        (0x8000_0004, 0, [0; 4]),
        (0x8000_001d, 0, [0x121, 0x01c0_003f, 0x3f, 0]),
        (0x8000_001d, 1, [0x122, 0x01c0_003f, 0x3f, 0]),
        (0x8000_001d, 2, [0x143, 0x01c0_003f, 0x7ff, 2]),
        (0x8000_001d, 3, [0x4163, 0x03c0_003f, 0x7fff, 1]),
        (0x8000_001d, 4, [0; 4]),
    ];

    /// As `qemu-x86_64 -cpu Haswell` answered.
    const HASWELL_UNDER_QEMU: [Leaf; 8] = [
        (0, 0, [0xd, 0x756e_6547, 0x6c65_746e, 0x4965_6e69]),
        (1, 0, [0x0003_06c4, 0x800, 0xfed8_3203, 0x078b_fbfd]),
        (4, 0, [0x121, 0x01c0_003f, 0x3f, 1]),
        (4, 1, [0x122, 0x01c0_003f, 0x3f, 1]),
        (4, 2, [0x143, 0x03c0_003f, 0xfff, 1]),
        (4, 3, [0x163, 0x03c0_003f, 0x3fff, 6]),
        (4, 4, [0; 4]),
        (0x4000_0000, 0, [0x4000_0001, 0x5447_4354, 0x4354_4743, 0x4743_5447]),
    ];

    fn reader(leaves: &[Leaf]) -> impl CpuIdReader {
        move |eax: u32, ecx: u32| {
            let found = leaves.iter().find(|leaf| (leaf.0, leaf.1) == (eax, ecx));
            let [eax, ebx, ecx, edx] = found.map_or([0; 4], |leaf| leaf.2);
            CpuIdResult { eax, ebx, ecx, edx }
        }
    }

    /// `leaves` with one of them, or one more, answering `registers`.
    fn with(leaves: &[Leaf], eax: u32, ecx: u32, registers: [u32; 4]) -> Vec<Leaf> {
        let others = leaves.iter().copied().filter(|leaf| (leaf.0, leaf.1) != (eax, ecx));
        others.chain([(eax, ecx, registers)]).collect()
    }

    fn caches_of(leaves: &[Leaf]) -> Vec<(&'static str, u64)> {
        cpu(&reader(leaves), Caches::default).caches.iter().collect()
    }

    #[test]
    fn an_amd_cpu_is_named_by_vendor_family_model_and_stepping() {
        assert_eq!(cpu(&reader(&EPYC), Caches::default).id, "AuthenticAMD-25-17-1");
    }

    #[test]
    fn an_intel_cpu_is_named_by_vendor_family_model_and_stepping() {
        assert_eq!(cpu(&reader(&HASWELL_UNDER_QEMU), Caches::default).id, "GenuineIntel-6-60-4");
    }

    #[test]
    fn the_brand_string_is_the_model() {
        assert_eq!(cpu(&reader(&EPYC), Caches::default).model, "AMD EPYC");
    }

    #[test]
    fn a_cpu_without_a_brand_string_is_of_unknown_model() {
        assert_eq!(cpu(&reader(&HASWELL_UNDER_QEMU), Caches::default).model, UNKNOWN);
    }

    #[test]
    fn amd_caches_come_from_the_extended_leaf() {
        let expected = [("l1d", 32 << 10), ("l1i", 32 << 10), ("l2", 1 << 20), ("l3", 32 << 20)];
        assert_eq!(caches_of(&EPYC), expected);
    }

    #[test]
    fn intel_caches_come_from_leaf_four() {
        let expected = [("l1d", 32 << 10), ("l1i", 32 << 10), ("l2", 4 << 20), ("l3", 16 << 20)];
        assert_eq!(caches_of(&HASWELL_UNDER_QEMU), expected);
    }

    #[test]
    fn a_cache_of_two_partitions_is_twice_as_large() {
        let leaves = with(&EPYC, 0x8000_001d, 3, [0x4163, 0x03c0_103f, 0x7fff, 1]);
        assert_eq!(caches_of(&leaves).last(), Some(&("l3", 64 << 20)));
    }

    #[test]
    fn amd_without_topology_extensions_tells_its_caches_by_the_older_leaves() {
        let leaves = with(&EPYC, 0x8000_0001, 0, [0; 4]);
        let leaves = with(&leaves, 0x8000_0005, 0, [0, 0, 64 << 24, 16 << 24]);
        let leaves = with(&leaves, 0x8000_0006, 0, [0, 0, 512 << 16, 0]);
        assert_eq!(caches_of(&leaves), [("l1d", 64 << 10), ("l1i", 16 << 10), ("l2", 512 << 10)]);
    }

    #[test]
    fn a_hybrid_cpu_takes_its_caches_from_all_cores() {
        let leaves = with(&HASWELL_UNDER_QEMU, 7, 0, [0, 0, 0, 1 << 15]);
        let all_cores = Caches { l1d_bytes: Some(48 << 10), ..Caches::default() };
        assert_eq!(cpu(&reader(&leaves), || all_cores).caches, all_cores);
    }

    #[test]
    fn a_hybrid_cpu_whose_kernel_tells_nothing_keeps_what_cpuid_tells() {
        let leaves = with(&HASWELL_UNDER_QEMU, 7, 0, [0, 0, 0, 1 << 15]);
        assert_eq!(caches_of(&leaves), caches_of(&HASWELL_UNDER_QEMU));
    }

    #[test]
    fn a_cpuid_that_answers_nothing_leaves_all_unknown() {
        let cpu = cpu(&reader(&[]), Caches::default);
        assert_eq!((cpu.model.as_str(), cpu.id.as_str(), cpu.caches), (UNKNOWN, UNKNOWN, Caches::default()));
    }

    #[cfg(feature = "fingerprint")]
    mod beneath {
        use super::*;

        #[test]
        fn the_hypervisor_bit_is_seen() {
            assert_eq!(has_hypervisor(&reader(&EPYC)), Some(true));
        }

        #[test]
        fn its_absence_is_bare_metal() {
            let leaves = with(&EPYC, 1, 0, [0x00a1_0f11, 0x0102_0800, 0x7ffa_3203, 0x178b_fbff]);
            assert_eq!(has_hypervisor(&reader(&leaves)), Some(false));
        }

        #[test]
        fn no_leaf_for_it_is_unknown() {
            assert_eq!(has_hypervisor(&reader(&[])), None);
        }

        #[test]
        fn kvm_is_no_emulator() {
            assert!(!is_qemu(&reader(&EPYC)));
        }

        #[test]
        fn the_signature_of_qemus_translator_is_seen() {
            assert!(is_qemu(&reader(&HASWELL_UNDER_QEMU)));
        }

        #[test]
        fn rosettas_vendor_is_seen() {
            // "VirtualApple" in EBX, EDX, ECX.
            assert!(is_rosetta(&reader(&with(&EPYC, 0, 0, [0x1c, 0x7472_6956, 0x656c_7070, 0x416c_6175]))));
        }

        #[test]
        fn another_vendor_is_not_rosetta() {
            assert!(!is_rosetta(&reader(&EPYC)));
        }
    }
}
