//! What lies beneath this process: a hypervisor, or a translator of its instructions.
//!
//! | sign | seen under |
//! |---|---|
//! | CPUID's hypervisor bit | every x86 hypervisor |
//! | qemu's signature or name in CPUID | `qemu-system-x86_64` without KVM, `qemu-x86_64` |
//! | `/proc/thread-self/maps` holds the program `qemu-…` | `qemu-user` of any architecture, also by binfmt |
//! | `/proc/self/comm` is `qemu-…` | `qemu-user`, started by hand |
//! | the kernel's `modalias` or `/proc/cpuinfo` is of another architecture | `qemu-user` and other translators |
//! | an ARM CPU of implementer 0 | qemu's CPU `max` |
//! | a CPU or vendor `VirtualApple`, an x86 program on a Mac with `hw.optional.arm64` | Rosetta |
//!
//! `qemu-user` rewrites `/proc/self/maps`, `/proc/self/exe` and the command line, newer ones `/proc/cpuinfo` too, so
//! these prove nothing. A sign is proof that there is a translator; no sign is no proof that there is none, but each
//! of the above was seen to work or has two others beside it.

use std::fmt;

use serde::Serialize;

/// Software that translates this program's instructions, so that its timings mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Emulator {
    /// qemu without a hypervisor: its user emulation, or a whole machine by its translator.
    Qemu,
    /// Apple's Rosetta.
    Rosetta,
    /// Another one: the kernel's architecture is not this program's.
    Other,
}

impl fmt::Display for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Qemu => "qemu",
            Self::Rosetta => "Rosetta",
            Self::Other => "a translator unknown to us",
        })
    }
}

/// The software that translates this program's instructions, `None` where there is no sign of any.
#[must_use]
pub fn emulator() -> Option<Emulator> {
    by_cpu::emulator().or_else(by_system::emulator)
}

/// Whether a hypervisor is beneath; `None` where nothing tells it.
#[must_use]
pub fn virtualized() -> Option<bool> {
    by_cpu::virtualized().or_else(by_system::virtualized)
}

/// What the CPU says.
mod by_cpu {
    use super::Emulator;

    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    pub(super) fn emulator() -> Option<Emulator> {
        use crate::cpu::x86;
        if x86::is_qemu(&x86::native()) {
            Some(Emulator::Qemu)
        } else if x86::is_rosetta(&x86::native()) {
            Some(Emulator::Rosetta)
        } else {
            None
        }
    }

    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    pub(super) fn virtualized() -> Option<bool> {
        use crate::cpu::x86;
        x86::has_hypervisor(&x86::native())
    }

    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    pub(super) const fn emulator() -> Option<Emulator> {
        None
    }

    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    pub(super) const fn virtualized() -> Option<bool> {
        None
    }
}

/// What the operating system says.
mod by_system {
    use super::Emulator;

    #[cfg(target_os = "linux")]
    pub(super) fn emulator() -> Option<Emulator> {
        super::linux::emulator(&crate::files::read, std::env::consts::ARCH)
    }

    #[cfg(target_os = "linux")]
    pub(super) fn virtualized() -> Option<bool> {
        super::linux::virtualized(&crate::files::read)
    }

    #[cfg(target_os = "macos")]
    pub(super) fn emulator() -> Option<Emulator> {
        super::macos::emulator(crate::sysctl::this(), std::env::consts::ARCH)
    }

    #[cfg(target_os = "macos")]
    pub(super) fn virtualized() -> Option<bool> {
        super::macos::virtualized(crate::sysctl::this())
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    pub(super) const fn emulator() -> Option<Emulator> {
        None
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    pub(super) const fn virtualized() -> Option<bool> {
        None
    }
}

#[cfg(any(test, target_os = "linux"))]
mod linux {
    use super::Emulator;
    use crate::files::Read;

    /// The translator of which Linux's files bear a sign, for a program built for `arch`.
    pub(super) fn emulator(read: Read<'_>, arch: &str) -> Option<Emulator> {
        let is_qemu = |program: &str| program.starts_with("qemu-");
        let maps = read("/proc/thread-self/maps").unwrap_or_default();
        // The sixth column is the mapped file, and may hold spaces.
        let mut mapped = maps.lines().filter_map(|line| line.rsplit_once('/')).map(|(_, name)| name);
        if mapped.any(is_qemu) || read("/proc/self/comm").is_some_and(|comm| is_qemu(&comm)) {
            return Some(Emulator::Qemu);
        }
        let cpuinfo = read("/proc/cpuinfo").unwrap_or_default();
        #[cfg(any(test, target_arch = "aarch64"))]
        if arch == "aarch64" && crate::cpu::is_of_software(&cpuinfo) {
            return Some(Emulator::Qemu);
        }
        let modalias = read("/sys/devices/system/cpu/modalias").unwrap_or_default();
        let foreign = [family_by_modalias(&modalias), family_by_cpuinfo(&cpuinfo)]
            .into_iter()
            .flatten()
            .any(|family| !family.runs(arch));
        foreign.then_some(Emulator::Other)
    }

    /// A family of CPUs, by what its own instructions are.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Family {
        X86,
        Arm,
    }

    impl Family {
        /// Whether its CPUs run programs of `arch` themselves. Of others than ours nothing is claimed.
        fn runs(self, arch: &str) -> bool {
            match arch {
                "x86" | "x86_64" => self == Self::X86,
                "arm" | "aarch64" => self == Self::Arm,
                _ => true,
            }
        }
    }

    /// From `cpu:type:x86,ven0002fam0019…` or `cpu:type:aarch64:feature:…`.
    fn family_by_modalias(modalias: &str) -> Option<Family> {
        let kind = modalias.strip_prefix("cpu:type:")?;
        if kind.starts_with("x86") {
            Some(Family::X86)
        } else if kind.starts_with("aarch64") || kind.starts_with("arm") {
            Some(Family::Arm)
        } else {
            None
        }
    }

    /// From the fields that only the one family's text has.
    fn family_by_cpuinfo(cpuinfo: &str) -> Option<Family> {
        let has = |field: &str| {
            cpuinfo.lines().any(|line| line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':')))
        };
        if has("vendor_id") && has("flags") {
            Some(Family::X86)
        } else if has("CPU implementer") {
            Some(Family::Arm)
        } else {
            None
        }
    }

    /// Whether Linux's files tell of a hypervisor, where no CPUID can: the device tree, then the firmware's tables.
    ///
    /// A guest's device tree is written by its hypervisor and says so; another one that names a board is the board's.
    /// Firmware tables of a maker that is no hypervisor prove nothing: hosters put their own name there.
    pub(super) fn virtualized(read: Read<'_>) -> Option<bool> {
        let tree = |path: &str| read(&format!("/proc/device-tree/{path}"));
        if tree("hypervisor/compatible").is_some() || read("/sys/hypervisor/type").is_some() {
            return Some(true);
        }
        // What qemu, Firecracker and crosvm call their boards.
        if tree("compatible").is_some_and(|compatible| compatible.contains("dummy-virt")) {
            return Some(true);
        }
        let table = |file: &str| read(&format!("/sys/class/dmi/id/{file}")).unwrap_or_default();
        let product = table("product_name");
        if table("sys_vendor") == "Amazon EC2" {
            return Some(!product.contains(".metal"));
        }
        let makers = ["sys_vendor", "board_vendor", "bios_vendor", "product_name"].map(table);
        if makers.iter().any(|maker| HYPERVISOR_MAKERS.iter().any(|name| maker.starts_with(name))) {
            return Some(true);
        }
        // Azure's guests; Microsoft makes machines too.
        if table("sys_vendor") == "Microsoft Corporation" && product == "Virtual Machine" {
            return Some(true);
        }
        tree("model").map(|_| false)
    }

    /// What hypervisors write where a machine's maker stands.
    const HYPERVISOR_MAKERS: [&str; 15] = [
        "Alibaba Cloud",
        "Apple Virtualization",
        "BHYVE",
        "Bochs",
        "Google Compute Engine",
        "innotek GmbH",
        "KVM",
        "KubeVirt",
        "OpenStack",
        "Parallels",
        "QEMU",
        "VMW",
        "VMware",
        "VirtualBox",
        "Xen",
    ];

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::files::fake;

        const X86_CPUINFO: &str = "processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu vme\n";
        const ARM_CPUINFO: &str = "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\n\
                                   CPU part\t: 0xd0c\nCPU revision\t: 1\n";
        /// As `/proc/thread-self/maps` was under `qemu-aarch64`, shortened.
        const QEMU_MAPS: &str = "\
5500000000-5500002000 r--p 00000000 fe:00 10010673                       /opt/platforms
5502822000-5502849000 r--p 00000000 fe:00 802861                         /usr/lib/ld-linux-aarch64.so.1
556d0ece2000-556d0ef9a000 r-xp 00099000 fe:00 10199096                   /usr/bin/qemu-aarch64
";

        fn files(entries: &[(&str, &str)]) -> Vec<(String, String)> {
            entries.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect()
        }

        fn emulator_of(arch: &str, entries: &[(&str, &str)]) -> Option<Emulator> {
            emulator(&fake(&files(entries)), arch)
        }

        fn virtualized_of(entries: &[(&str, &str)]) -> Option<bool> {
            virtualized(&fake(&files(entries)))
        }

        #[test]
        fn qemu_in_the_memory_map_is_seen() {
            assert_eq!(emulator_of("aarch64", &[("/proc/thread-self/maps", QEMU_MAPS)]), Some(Emulator::Qemu));
        }

        #[test]
        fn a_folder_named_qemu_is_no_sign() {
            let maps = QEMU_MAPS.replace("/usr/bin/qemu-aarch64", "/home/qemu-fan/platforms");
            assert_eq!(emulator_of("aarch64", &[("/proc/thread-self/maps", &maps)]), None);
        }

        #[test]
        fn a_process_that_the_kernel_calls_qemu_is_seen() {
            assert_eq!(emulator_of("x86_64", &[("/proc/self/comm", "qemu-x86_64\n")]), Some(Emulator::Qemu));
        }

        #[test]
        fn an_arm_program_on_an_x86_cpuinfo_is_translated() {
            assert_eq!(emulator_of("aarch64", &[("/proc/cpuinfo", X86_CPUINFO)]), Some(Emulator::Other));
        }

        #[test]
        fn an_x86_program_on_an_arm_cpuinfo_is_translated() {
            assert_eq!(emulator_of("x86_64", &[("/proc/cpuinfo", ARM_CPUINFO)]), Some(Emulator::Other));
        }

        #[test]
        fn a_kernel_of_another_architecture_is_seen_behind_a_faked_cpuinfo() {
            let entries =
                [("/proc/cpuinfo", ARM_CPUINFO), ("/sys/devices/system/cpu/modalias", "cpu:type:x86,ven0002fam0019")];
            assert_eq!(emulator_of("aarch64", &entries), Some(Emulator::Other));
        }

        #[test]
        fn an_arm_cpu_that_nobody_made_is_qemus() {
            let cpuinfo = ARM_CPUINFO.replace("0x41", "0x00");
            assert_eq!(emulator_of("aarch64", &[("/proc/cpuinfo", &cpuinfo)]), Some(Emulator::Qemu));
        }

        #[test]
        fn an_arm_program_on_an_arm_kernel_is_not_translated() {
            let entries = [
                ("/proc/cpuinfo", ARM_CPUINFO),
                ("/sys/devices/system/cpu/modalias", "cpu:type:aarch64:feature:,0000"),
            ];
            assert_eq!(emulator_of("aarch64", &entries), None);
        }

        #[test]
        fn a_32_bit_program_on_a_64_bit_cpu_is_not_translated() {
            assert_eq!(emulator_of("x86", &[("/proc/cpuinfo", X86_CPUINFO)]), None);
        }

        #[test]
        fn no_files_are_no_sign() {
            assert_eq!(emulator_of("aarch64", &[]), None);
        }

        #[test]
        fn a_hypervisor_in_the_device_tree_is_seen() {
            assert_eq!(virtualized_of(&[("/proc/device-tree/hypervisor/compatible", "linux,kvm")]), Some(true));
        }

        #[test]
        fn a_virtual_board_in_the_device_tree_is_seen() {
            let entries =
                [("/proc/device-tree/compatible", "linux,dummy-virt"), ("/proc/device-tree/model", "linux,dummy-virt")];
            assert_eq!(virtualized_of(&entries), Some(true));
        }

        #[test]
        fn a_board_in_the_device_tree_is_no_guest() {
            let entries = [
                ("/proc/device-tree/compatible", "raspberrypi,4-model-b\0brcm,bcm2711"),
                ("/proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4"),
            ];
            assert_eq!(virtualized_of(&entries), Some(false));
        }

        #[test]
        fn azures_guests_are_seen() {
            let entries = [
                ("/sys/class/dmi/id/sys_vendor", "Microsoft Corporation"),
                ("/sys/class/dmi/id/product_name", "Virtual Machine"),
            ];
            assert_eq!(virtualized_of(&entries), Some(true));
        }

        #[test]
        fn amazons_guests_are_seen() {
            let entries =
                [("/sys/class/dmi/id/sys_vendor", "Amazon EC2"), ("/sys/class/dmi/id/product_name", "c7g.large")];
            assert_eq!(virtualized_of(&entries), Some(true));
        }

        #[test]
        fn amazons_metal_is_no_guest() {
            let entries =
                [("/sys/class/dmi/id/sys_vendor", "Amazon EC2"), ("/sys/class/dmi/id/product_name", "c7g.metal")];
            assert_eq!(virtualized_of(&entries), Some(false));
        }

        #[test]
        fn qemus_firmware_is_seen() {
            assert_eq!(virtualized_of(&[("/sys/class/dmi/id/sys_vendor", "QEMU")]), Some(true));
        }

        #[test]
        fn a_maker_unknown_to_us_proves_nothing() {
            assert_eq!(virtualized_of(&[("/sys/class/dmi/id/sys_vendor", "Hetzner")]), None);
        }

        #[test]
        fn no_files_tell_nothing() {
            assert_eq!(virtualized_of(&[]), None);
        }
    }
}

#[cfg(any(test, target_os = "macos"))]
mod macos {
    use super::Emulator;
    use crate::sysctl::Sysctl;

    /// Whether Rosetta translates a program built for `arch`.
    pub(super) fn emulator(sysctl: &Sysctl, arch: &str) -> Option<Emulator> {
        let is_set = |name| sysctl.number(name) == Some(1);
        let translated = is_set("sysctl.proc_translated") || (arch == "x86_64" && is_set("hw.optional.arm64"));
        translated.then_some(Emulator::Rosetta)
    }

    /// Whether macOS says that it is a guest.
    pub(super) fn virtualized(sysctl: &Sysctl) -> Option<bool> {
        sysctl.number("kern.hv_vmm_present").map(|present| present != 0)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn emulator_of(arch: &str, text: &str) -> Option<Emulator> {
            emulator(&Sysctl::parse(text), arch)
        }

        #[test]
        fn a_translated_process_is_rosettas() {
            assert_eq!(emulator_of("x86_64", "sysctl.proc_translated: 1\n"), Some(Emulator::Rosetta));
        }

        #[test]
        fn an_x86_program_on_apples_chip_is_rosettas() {
            assert_eq!(emulator_of("x86_64", "hw.optional.arm64: 1\n"), Some(Emulator::Rosetta));
        }

        #[test]
        fn a_native_process_is_not_translated() {
            assert_eq!(emulator_of("aarch64", "sysctl.proc_translated: 0\nhw.optional.arm64: 1\n"), None);
        }

        #[test]
        fn an_intel_mac_knows_no_translation() {
            assert_eq!(emulator_of("x86_64", "kern.hv_vmm_present: 0\n"), None);
        }

        #[test]
        fn a_guest_says_so() {
            assert_eq!(virtualized(&Sysctl::parse("kern.hv_vmm_present: 1\n")), Some(true));
        }

        #[test]
        fn bare_metal_says_so() {
            assert_eq!(virtualized(&Sysctl::parse("kern.hv_vmm_present: 0\n")), Some(false));
        }

        #[test]
        fn an_older_system_tells_nothing() {
            assert_eq!(virtualized(&Sysctl::parse("")), None);
        }
    }
}
