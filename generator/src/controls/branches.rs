//! Branches that nobody can foresee.

use std::arch::asm;

/// Branches in a sample.
pub(super) const STEPS: u64 = 2_000;

/// A stream of bits that look random, and branches on them; it goes on from sample to sample, so that no predictor has seen
/// them before, and is the same in every process.
pub(super) struct Branches {
    state: u64,
    taken: u64,
}

impl Branches {
    pub(super) fn new() -> Self {
        Self { state: 0x9e37_79b9_7f4a_7c15, taken: 0 }
    }

    /// Takes, or does not take, [`STEPS`] branches. The bits are those of xorshift: Marsaglia, "Xorshift RNGs", 2003.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn take(&mut self) {
        // SAFETY: it changes only the registers it names, and reads and writes no memory.
        unsafe {
            asm!(
                "2:",
                "mov {t}, {x}", "shl {t}, 13", "xor {x}, {t}",
                "mov {t}, {x}", "shr {t}, 7", "xor {x}, {t}",
                "mov {t}, {x}", "shl {t}, 17", "xor {x}, {t}",
                "test {x}, 1", "jz 3f", "inc {taken}",
                "3:", "dec {n}", "jnz 2b",
                n = inout(reg) STEPS => _, x = inout(reg) self.state, taken = inout(reg) self.taken, t = out(reg) _,
                options(nomem, nostack),
            );
        }
    }

    /// Takes, or does not take, [`STEPS`] branches. The bits are those of xorshift: Marsaglia, "Xorshift RNGs", 2003.
    #[cfg(target_arch = "aarch64")]
    pub(super) fn take(&mut self) {
        // SAFETY: it changes only the registers it names, and reads and writes no memory.
        unsafe {
            asm!(
                "2:",
                "eor {x}, {x}, {x}, lsl #13", "eor {x}, {x}, {x}, lsr #7", "eor {x}, {x}, {x}, lsl #17",
                "tbz {x}, #0, 3f", "add {taken}, {taken}, #1",
                "3:", "subs {n}, {n}, #1", "b.ne 2b",
                n = inout(reg) STEPS => _, x = inout(reg) self.state, taken = inout(reg) self.taken,
                options(nomem, nostack),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_branches_are_those_of_the_same_stream_in_plain_code() {
        let mut branches = Branches::new();
        let (mut state, mut taken) = (branches.state, 0);
        for _ in 0..2 {
            branches.take();
            for _ in 0..STEPS {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                taken += state & 1;
            }
            assert_eq!((branches.state, branches.taken), (state, taken));
        }
        assert!((STEPS * 2 * 2 / 5..STEPS * 2 * 3 / 5).contains(&taken), "{taken} of {}", 2 * STEPS);
    }
}
