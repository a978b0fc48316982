//! The probe: a loop of register-only integer instructions that tells whether a neighbour disturbs the core.
//!
//! On shared hosts the biggest noise is a neighbour on the same physical core: bursts of some 5 ms, invisible to the
//! guest, that slow throughput-bound code by 30 to 80 %. The probe is bound by throughput too, so it slows with them. It
//! runs before and after every sample, and the sample counts only if both took no longer than the floor allows. The
//! floor is a constant of the machine, never taken from the launch itself, and a sample is never judged by its own time.

use std::arch::asm;

use serde::{Deserialize, Serialize};

use crate::{clock::Clock, controls};

/// Rounds of twelve instructions: some 2 µs, a hundred times the clock's precision and a fraction of a burst.
const ROUNDS: u64 = 2_000;

/// How far above the floor a probe may be, as a share of it. The undisturbed core repeats to 1 %, the precision of
/// the clock is another; a disturbed one is 30 % off and more.
pub const TOLERANCE: f64 = 0.04;

/// Runs the probe once: independent additions and exclusive-ors on six registers.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn run() {
    // SAFETY: it changes only the registers it names, and reads and writes no memory.
    unsafe {
        asm!(
            "2:",
            "add {a}, {n}", "xor {b}, {n}", "add {c}, {n}", "xor {d}, {n}", "add {e}, {n}", "xor {f}, {n}",
            "xor {a}, {n}", "add {b}, {n}", "xor {c}, {n}", "add {d}, {n}", "xor {e}, {n}", "add {f}, {n}",
            "dec {n}",
            "jnz 2b",
            n = inout(reg) ROUNDS => _,
            a = inout(reg) 1_u64 => _, b = inout(reg) 2_u64 => _, c = inout(reg) 3_u64 => _,
            d = inout(reg) 4_u64 => _, e = inout(reg) 5_u64 => _, f = inout(reg) 6_u64 => _,
            options(nomem, nostack),
        );
    }
}

/// Runs the probe once: independent additions and exclusive-ors on six registers.
#[cfg(target_arch = "aarch64")]
#[inline]
pub fn run() {
    // SAFETY: it changes only the registers it names, and reads and writes no memory.
    unsafe {
        asm!(
            "2:",
            "add {a}, {a}, {n}", "eor {b}, {b}, {n}", "add {c}, {c}, {n}", "eor {d}, {d}, {n}", "add {e}, {e}, {n}",
            "eor {f}, {f}, {n}", "eor {a}, {a}, {n}", "add {b}, {b}, {n}", "eor {c}, {c}, {n}", "add {d}, {d}, {n}",
            "eor {e}, {e}, {n}", "add {f}, {f}, {n}",
            "subs {n}, {n}, #1",
            "b.ne 2b",
            n = inout(reg) ROUNDS => _,
            a = inout(reg) 1_u64 => _, b = inout(reg) 2_u64 => _, c = inout(reg) 3_u64 => _,
            d = inout(reg) 4_u64 => _, e = inout(reg) 5_u64 => _, f = inout(reg) 6_u64 => _,
            options(nomem, nostack),
        );
    }
}

/// Multiplications in the chain that stands beside the probe when it is calibrated: about as long as the probe.
pub const CHAIN_STEPS: u64 = 2_000;

/// How the probe behaved over a while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What the probe takes on the undisturbed core, in nanoseconds.
    pub floor_ns: f64,
    /// What a chain of [`CHAIN_STEPS`] multiplications takes, in nanoseconds: the CPU's clock, which a neighbour leaves
    /// alone. The floor over it is a constant of the kind of CPU.
    pub chain_ns: f64,
    /// The share of probes within [`TOLERANCE`] of the floor: how quiet the machine is.
    pub quiet_share: f64,
}

/// Runs the probe for `duration_ns`, a chain of multiplications beside it, and takes the floor of both.
///
/// # Panics
///
/// When the clock stands still.
#[must_use]
pub fn calibrate(clock: &Clock, duration_ns: u64) -> Calibration {
    let begin_ns = clock.now_ns();
    let (mut probes_ns, mut chains_ns) = (Vec::new(), Vec::new());
    let mut last_ns = begin_ns;
    while last_ns - begin_ns < duration_ns || probes_ns.is_empty() {
        run();
        let between_ns = clock.now_ns();
        probes_ns.push(between_ns - last_ns);
        controls::multiply_chain(CHAIN_STEPS);
        last_ns = clock.now_ns();
        chains_ns.push(last_ns - between_ns);
    }
    of_times(&mut probes_ns, &mut chains_ns)
}

/// The floors of these probes and chains, of both at least one.
fn of_times(probes_ns: &mut [u64], chains_ns: &mut [u64]) -> Calibration {
    let floor_ns = lowest_ns(probes_ns);
    let quiet = probes_ns.partition_point(|&probe_ns| is_quiet(probe_ns, floor_ns));
    let quiet_share = quiet as f64 / probes_ns.len() as f64;
    Calibration { floor_ns, chain_ns: lowest_ns(chains_ns), quiet_share }
}

/// What these times are when nobody disturbs them, sorting them; none is shorter than the undisturbed core allows but by
/// the clock's error.
fn lowest_ns(times_ns: &mut [u64]) -> f64 {
    times_ns.sort_unstable();
    // Not the least: a reading of the clock may be late by a step. Yet low enough to be undisturbed where a neighbour
    // leaves the core alone for one probe in fifty.
    times_ns[times_ns.len() / 100] as f64
}

/// Whether a probe of that time says that nobody disturbed the core.
#[inline]
#[must_use]
pub fn is_quiet(probe_ns: u64, floor_ns: f64) -> bool {
    probe_ns as f64 <= floor_ns * (1.0 + TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_that_of_the_quiet_probes_however_few() {
        let mut probes_ns: Vec<u64> = (0..1000).map(|i| if i % 20 == 0 { 2_000 + i % 3 } else { 3_100 + i }).collect();
        let calibration = of_times(&mut probes_ns, &mut [1_700]);
        assert!((2_000.0..2_003.0).contains(&calibration.floor_ns), "{calibration:?}");
        assert!((calibration.quiet_share - 0.05).abs() < 0.01, "{calibration:?}");
    }

    #[test]
    fn a_single_early_reading_does_not_lower_the_floor() {
        let mut probes_ns = vec![2_000; 1000];
        probes_ns[500] = 1_500;
        assert!((of_times(&mut probes_ns, &mut [1_700]).floor_ns - 2_000.0).abs() < 1.0);
    }

    #[test]
    fn a_calibration_has_the_floor_of_the_chain_too() {
        let mut chains_ns: Vec<u64> = (0..1000).map(|i| if i % 20 == 0 { 1_700 } else { 1_800 }).collect();
        assert!((of_times(&mut [2_000], &mut chains_ns).chain_ns - 1_700.0).abs() < 1e-9);
    }

    #[test]
    fn quiet_is_within_the_tolerance_of_the_floor() {
        assert!(is_quiet(2_080, 2_000.0));
        assert!(!is_quiet(2_081, 2_000.0));
    }
}
