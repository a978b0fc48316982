//! What Linux tells of an ARM CPU.

use std::collections::BTreeSet;

use super::{Cpu, UNKNOWN, sysfs};
use crate::files::Read;

/// The CPU that the files tell of.
pub(super) fn cpu(read: Read<'_>) -> Cpu {
    let mut kinds = read("/proc/cpuinfo").map(|text| kinds(&text)).unwrap_or_default();
    if kinds.is_empty() {
        // Some sandboxes hide the one and leave the other.
        let cpus = read("/sys/devices/system/cpu/present").map(|list| sysfs::cpu_numbers(&list)).unwrap_or_default();
        let file = |cpu| read(&format!("/sys/devices/system/cpu/cpu{cpu}/regs/identification/midr_el1"));
        kinds = cpus.into_iter().filter_map(|cpu| Kind::from_midr(&file(cpu)?)).collect();
    }
    Cpu {
        model: joined(kinds.iter().map(|kind| kind.model()), " and "),
        id: joined(kinds.iter().map(|kind| kind.id()), "-and-"),
        caches: sysfs::caches(read),
    }
}

/// A kind of core: the fields of its main identity register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    implementer: u32,
    part: u32,
    variant: u32,
    revision: u32,
}

impl Kind {
    /// From the register's text, `0x00000000413fd0c1`.
    fn from_midr(text: &str) -> Option<Self> {
        let midr = number(text)?;
        let bits = |low: u32, count: u32| (midr >> low) & ((1 << count) - 1);
        Some(Self { implementer: bits(24, 8), part: bits(4, 12), variant: bits(20, 4), revision: bits(0, 4) })
    }

    fn id(self) -> String {
        let Self { implementer, part, variant, revision } = self;
        format!("{implementer:#04x}-{variant:#x}-{part:#05x}-{revision}")
    }

    /// The names of parts that runners and developers have; another is named by its numbers.
    fn model(self) -> String {
        let Self { implementer, part, .. } = self;
        let name = match (implementer, part) {
            (0x41, 0xd03) => "Arm Cortex-A53",
            (0x41, 0xd05) => "Arm Cortex-A55",
            (0x41, 0xd07) => "Arm Cortex-A57",
            (0x41, 0xd08) => "Arm Cortex-A72",
            (0x41, 0xd0b) => "Arm Cortex-A76",
            (0x41, 0xd0c) => "Arm Neoverse N1",
            (0x41, 0xd40) => "Arm Neoverse V1",
            (0x41, 0xd49) => "Arm Neoverse N2",
            (0x41, 0xd4f) => "Arm Neoverse V2",
            (0x41, 0xd84) => "Arm Neoverse V3",
            (0x41, 0xd8e) => "Arm Neoverse N3",
            (0x61, _) => return format!("Apple part {part:#05x}"),
            (0xc0, _) => return format!("Ampere part {part:#05x}"),
            _ => return format!("implementer {implementer:#04x} part {part:#05x}"),
        };
        name.to_owned()
    }

    /// Whether no maker stands behind it: implementer 0 is for software, and qemu's `max` is such a CPU.
    #[cfg(feature = "fingerprint")]
    pub(crate) const fn is_of_software(self) -> bool {
        self.implementer == 0
    }
}

/// Every kind of core in the text of `/proc/cpuinfo`.
pub(crate) fn kinds(cpuinfo: &str) -> BTreeSet<Kind> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
        line.and_then(number)
    };
    // Old kernels put what holds for all cores into a last block of its own, so an absent field is of the whole text.
    let of = |block: &str, name| field(block, name).or_else(|| field(cpuinfo, name));
    let blocks = cpuinfo.split("\n\n").filter(|block| block.trim_start().starts_with("processor"));
    let kind = |block: &str| {
        Some(Kind {
            implementer: of(block, "CPU implementer")?,
            part: of(block, "CPU part")?,
            variant: of(block, "CPU variant")?,
            revision: of(block, "CPU revision")?,
        })
    };
    blocks.filter_map(kind).collect()
}

/// A number as these files write it, decimal or `0x` and hexadecimal.
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    match text.strip_prefix("0x") {
        // The register is 64 bits wide; its upper half is reserved.
        Some(digits) => u64::from_str_radix(digits, 16).ok().and_then(|value| u32::try_from(value).ok()),
        None => text.parse().ok(),
    }
}

fn joined(names: impl Iterator<Item = String>, separator: &str) -> String {
    let mut names: Vec<String> = names.collect();
    names.dedup();
    if names.is_empty() { UNKNOWN.to_owned() } else { names.join(separator) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::fake;

    const NEOVERSE_N1: &str = "\
processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
CPU revision\t: 1

processor\t: 1
BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
CPU revision\t: 1
";

    const BIG_LITTLE: &str = "\
processor\t: 0
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd08
CPU revision\t: 3

processor\t: 1
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd03
CPU revision\t: 4
";

    const X86: &str = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\nflags\t\t: fpu vme\n";

    fn cpu_of(cpuinfo: &str) -> Cpu {
        cpu(&fake(&[("/proc/cpuinfo".to_owned(), cpuinfo.to_owned())]))
    }

    #[test]
    fn an_arm_cpu_is_named_by_implementer_variant_part_and_revision() {
        assert_eq!(cpu_of(NEOVERSE_N1).id, "0x41-0x3-0xd0c-1");
    }

    #[test]
    fn a_known_part_has_its_makers_name() {
        assert_eq!(cpu_of(NEOVERSE_N1).model, "Arm Neoverse N1");
    }

    #[test]
    fn an_unknown_part_is_named_by_its_numbers() {
        let cpuinfo = NEOVERSE_N1.replace("0xd0c", "0xfff").replace("0x41", "0x99");
        assert_eq!(cpu_of(&cpuinfo).model, "implementer 0x99 part 0xfff");
    }

    #[test]
    fn two_kinds_of_core_are_one_identity() {
        assert_eq!(cpu_of(BIG_LITTLE).id, "0x41-0x0-0xd03-4-and-0x41-0x0-0xd08-3");
    }

    #[test]
    fn the_order_of_the_cores_does_not_matter() {
        let (first, second) = BIG_LITTLE.split_once("\n\n").expect("two blocks");
        assert_eq!(cpu_of(&format!("{second}\n\n{first}\n")), cpu_of(BIG_LITTLE));
    }

    #[test]
    fn an_old_kernels_common_block_holds_for_every_core() {
        let cpuinfo = "processor\t: 0\n\nprocessor\t: 1\n\nCPU implementer\t: 0x41\nCPU variant\t: 0x0\n\
                       CPU part\t: 0xd03\nCPU revision\t: 4\n";
        assert_eq!(cpu_of(cpuinfo).id, "0x41-0x0-0xd03-4");
    }

    #[test]
    fn the_register_tells_what_cpuinfo_does_not() {
        let files = [
            ("/sys/devices/system/cpu/present", "0-1"),
            ("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", "0x00000000413fd0c1"),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(cpu(&fake(&files)).id, "0x41-0x3-0xd0c-1");
    }

    #[test]
    fn an_x86_hosts_cpuinfo_names_no_arm_cpu() {
        assert_eq!(cpu_of(X86).id, UNKNOWN);
    }

    #[test]
    fn no_files_leave_all_unknown() {
        assert_eq!(cpu(&fake(&[])).model, UNKNOWN);
    }
}
