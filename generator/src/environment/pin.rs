//! Staying on one CPU.

use schema::context::Setting;

use super::{Advice, setting};

/// The CPU to measure on: the last that this process may use, since the operating system does its own work on the
/// first. `None` where it cannot be chosen.
#[cfg(target_os = "linux")]
#[must_use]
pub fn choose_cpu() -> Option<usize> {
    use nix::{
        sched::{CpuSet, sched_getaffinity},
        unistd::Pid,
    };
    let allowed = sched_getaffinity(Pid::from_raw(0)).ok()?;
    (0..CpuSet::count()).rev().find(|&cpu| allowed.is_set(cpu).unwrap_or(false))
}

/// The CPU to measure on; this system lets nobody choose.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn choose_cpu() -> Option<usize> {
    None
}

/// Keeps this process on `cpu`.
#[cfg(target_os = "linux")]
pub(super) fn pin(cpu: Option<usize>) -> Setting {
    use nix::{
        sched::{CpuSet, sched_setaffinity},
        unistd::Pid,
    };
    let Some(cpu) = cpu else {
        return setting("cpu_pin", "any", Some(Advice::NotPinned { why: "no CPU could be chosen".to_owned() }));
    };
    let mut only = CpuSet::new();
    let pinned = only.set(cpu).and_then(|()| sched_setaffinity(Pid::from_raw(0), &only));
    setting("cpu_pin", cpu.to_string(), pinned.err().map(|errno| Advice::NotPinned { why: errno.desc().to_owned() }))
}

/// Keeps this process on a CPU, where the system can; this one cannot.
#[cfg(not(target_os = "linux"))]
pub(super) fn pin(_cpu: Option<usize>) -> Setting {
    setting("cpu_pin", "any", Some(Advice::PinningUnknown))
}

/// Keeps this process, which only waits while others measure, off the CPU on which they do. Workers started by it choose
/// for themselves. Where it is the only CPU, both share it.
#[cfg(target_os = "linux")]
pub fn stay_off(cpu: Option<usize>) {
    use nix::{
        sched::{CpuSet, sched_getaffinity, sched_setaffinity},
        unistd::Pid,
    };
    let Some(cpu) = cpu else { return };
    let moved = sched_getaffinity(Pid::from_raw(0)).and_then(|mut others| {
        others.unset(cpu)?;
        if others == CpuSet::new() { Ok(()) } else { sched_setaffinity(Pid::from_raw(0), &others) }
    });
    if let Err(error) = moved {
        tracing::debug!("this process stays where the scheduler puts it: {error}");
    }
}

/// Keeps this process off a CPU, where the system can; this one cannot.
#[cfg(not(target_os = "linux"))]
pub fn stay_off(_cpu: Option<usize>) {}
