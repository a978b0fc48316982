//! The chain: integer multiplications of which each waits for the one before it. They take as long as the CPU's clock says,
//! whoever else uses the core.

use std::arch::asm;

/// So many integer multiplications.
#[cfg(target_arch = "x86_64")]
pub fn multiply_chain(steps: u64) {
    // SAFETY: it changes only the registers it names, and reads and writes no memory.
    unsafe {
        asm!("2:", "imul {x}, {x}", "dec {n}", "jnz 2b",
            n = inout(reg) steps.max(1) => _, x = inout(reg) 3_u64 => _, options(nomem, nostack));
    }
}

/// So many integer multiplications.
#[cfg(target_arch = "aarch64")]
pub fn multiply_chain(steps: u64) {
    // SAFETY: it changes only the registers it names, and reads and writes no memory.
    unsafe {
        asm!("2:", "mul {x}, {x}, {x}", "subs {n}, {n}, #1", "b.ne 2b",
            n = inout(reg) steps.max(1) => _, x = inout(reg) 3_u64 => _, options(nomem, nostack));
    }
}
