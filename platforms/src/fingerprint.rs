//! The fingerprint: which machine this is, and with which others its numbers may be compared.

use std::collections::BTreeMap;

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::{
    cpu,
    isa::{self, IsaLevel},
};

/// Which machine this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The CPU's name as its maker writes it; `unknown` where nothing tells it.
    pub cpu_model: String,
    /// `vendor-family-model-stepping` on x86, `implementer-variant-part-revision` on ARM, the brand and
    /// `hw.cpufamily` on a Mac with Apple's chip; `unknown` where nothing tells it.
    pub cpu_id: String,
    /// What the CPU can do, least first, whatever `TIDEGAUGE_ISA` says.
    pub isa_levels: Vec<IsaLevel>,
    /// CPUs that the operating system schedules on, at least 1.
    pub logical_cpus: u32,
    /// Main memory; `None` where the operating system does not tell.
    pub memory_bytes: Option<u64>,
    /// The size of one cache of each kind, `l1d`, `l1i`, `l2` and `l3`; what nothing tells is left out.
    pub caches_bytes: BTreeMap<String, u64>,
    /// The operating system and its version; `unknown` where nothing tells it.
    pub os: String,
    /// The kernel's version; `unknown` where nothing tells it.
    pub kernel: String,
    /// Whether a hypervisor is beneath; `None` where nothing tells it.
    pub virtualized: Option<bool>,
    /// Whether instructions are translated by software, so that timings mean nothing.
    pub emulated: bool,
    /// Names the machines whose numbers may be compared with this one's.
    pub class: String,
}

/// The fingerprint of this machine.
#[must_use]
pub fn fingerprint() -> Fingerprint {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram())).ok();
    let cpu = cpu::this();
    Fingerprint {
        cpu_model: cpu.model.clone(),
        cpu_id: cpu.id.clone(),
        isa_levels: isa::detected().iter().collect(),
        logical_cpus: std::thread::available_parallelism()
            .map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX)),
        memory_bytes: system.map(|system| system.total_memory()).filter(|&bytes| bytes > 0),
        caches_bytes: BTreeMap::new(),
        os: System::long_os_version().unwrap_or_else(|_| "unknown".to_owned()),
        kernel: System::kernel_version().unwrap_or_else(|_| "unknown".to_owned()),
        virtualized: None,
        emulated: false,
        class: "unknown".to_owned(),
    }
}
