//! Controls: fixed loops that measure the machine, and that no change of the code can move.

use std::arch::asm;

use crate::{clock::Clock, probe};

/// Multiplications in one sample: some 10 µs.
const STEPS: u64 = 10_000;

/// Samples, of which the quiet ones count.
const SAMPLES: u32 = 200;

/// Nanoseconds of one multiplication in a chain in which each waits for the one before it; `None` where no sample was
/// quiet. It follows the CPU's clock and nothing else.
#[must_use]
pub fn alu_step_ns(clock: &Clock, probe_floor_ns: f64) -> Option<f64> {
    let is_quiet = || {
        let begin_ns = clock.now_ns();
        probe::run();
        probe::is_quiet(clock.now_ns() - begin_ns, probe_floor_ns)
    };
    let mut before = is_quiet();
    let mut steps_ns = Vec::new();
    for _ in 0..SAMPLES {
        let begin_ns = clock.now_ns();
        multiply_chain(STEPS);
        let passed_ns = clock.now_ns() - begin_ns;
        let after = is_quiet();
        if before && after {
            steps_ns.push(passed_ns as f64 / STEPS as f64);
        }
        before = after;
    }
    statistics::median(&steps_ns)
}

/// Multiplications that wait for each other: as long as the clock says, whoever else uses the core.
#[cfg(target_arch = "x86_64")]
pub fn multiply_chain(steps: u64) {
    // SAFETY: it changes only the registers it names, and reads and writes no memory.
    unsafe {
        asm!("2:", "imul {x}, {x}", "dec {n}", "jnz 2b",
            n = inout(reg) steps.max(1) => _, x = inout(reg) 3_u64 => _, options(nomem, nostack));
    }
}

/// Multiplications that wait for each other: as long as the clock says, whoever else uses the core.
#[cfg(target_arch = "aarch64")]
pub fn multiply_chain(steps: u64) {
    // SAFETY: it changes only the registers it names, and reads and writes no memory.
    unsafe {
        asm!("2:", "mul {x}, {x}, {x}", "subs {n}, {n}, #1", "b.ne 2b",
            n = inout(reg) steps.max(1) => _, x = inout(reg) 3_u64 => _, options(nomem, nostack));
    }
}
