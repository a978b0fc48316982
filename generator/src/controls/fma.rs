//! Fused multiply-adds of which each waits for the one before it.

use std::arch::asm;

/// Whether the CPU has fused multiply-adds.
pub(super) fn has_fma() -> bool {
    cfg!(target_arch = "aarch64") || platforms::isa::detected().contains(platforms::IsaLevel::Avx2)
}

/// The start of the chain, and what is added in each step: sums that stay exact for all the steps there are.
const START: f64 = 1.0;
const FACTORS: [f64; 2] = [0.5, 0.25];

/// So many fused multiply-adds; their result, 1 and an eighth of the steps. The CPU has [`has_fma`].
#[cfg(target_arch = "x86_64")]
pub(super) fn fma_chain(steps: u64) -> f64 {
    assert!(has_fma(), "the caller has asked");
    let mut x = START;
    let [a, b] = FACTORS;
    // SAFETY: it changes only the registers it names, and reads and writes no memory; the CPU has the instruction.
    unsafe {
        asm!("2:", "vfmadd231sd {x}, {a}, {b}", "dec {n}", "jnz 2b",
            n = inout(reg) steps.max(1) => _, x = inout(xmm_reg) x, a = in(xmm_reg) a, b = in(xmm_reg) b,
            options(nomem, nostack));
    }
    x
}

/// So many fused multiply-adds; their result, 1 and an eighth of the steps.
#[cfg(target_arch = "aarch64")]
pub(super) fn fma_chain(steps: u64) -> f64 {
    let mut x = START;
    let [a, b] = FACTORS;
    // SAFETY: it changes only the registers it names, and reads and writes no memory.
    unsafe {
        asm!("2:", "fmadd {x:d}, {a:d}, {b:d}, {x:d}", "subs {n}, {n}, #1", "b.ne 2b",
            n = inout(reg) steps.max(1) => _, x = inout(vreg) x, a = in(vreg) a, b = in(vreg) b,
            options(nomem, nostack));
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_makes_as_many_multiply_adds_as_it_says() {
        if has_fma() {
            for steps in [1_u32, 8, 1000] {
                let expected = 1.0 + f64::from(steps) / 8.0;
                assert!((fma_chain(u64::from(steps)) - expected).abs() < 1e-12, "{steps}");
            }
        }
    }
}
