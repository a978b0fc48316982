//! A batch: the iterations of one sample, run without a branch on the variant between them.

use std::{arch::asm, hint::black_box};

use serde::{Deserialize, Serialize};

/// How the calls of a batch depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Back to back, each on its own: sustained throughput.
    Independent,
    /// Each waits for the one before it: its input's address depends on that output, and a fence stands between.
    Dependent,
}

/// How many calls, and how they depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The number of calls.
    pub iterations: u64,
    /// How they depend on each other.
    pub mode: Mode,
}

impl Batch {
    /// One call.
    pub const ONE: Self = Self { iterations: 1, mode: Mode::Independent };

    /// Runs `call` that often. `call` gets an offset to add to the start of its inputs, and the output to write.
    ///
    /// The offset is always 0, which only the CPU knows: the compiler can move no work out of the loop. The output
    /// leaves its sight after each call, so that it can drop none either. In a dependent batch the offset comes from
    /// the last word of the output before.
    #[inline]
    pub(crate) fn repeat(self, output: &mut [f32], mut call: impl FnMut(usize, &mut [f32])) {
        match self.mode {
            Mode::Independent => {
                for _ in 0..self.iterations {
                    call(black_box(0), output);
                    black_box(output.as_mut_ptr());
                }
            }
            Mode::Dependent => {
                let mut word = 0;
                for _ in 0..self.iterations {
                    call(zero_after(word), output);
                    black_box(output.as_mut_ptr());
                    word = output.last().map_or(0, |last| last.to_bits());
                }
                black_box(word);
            }
        }
    }
}

/// 0, known only once `word` is, and with all earlier instructions done.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn zero_after(word: u32) -> usize {
    let mut zero = word;
    // No CPU takes `and` with 0 for independent of its operand, as it does `xor` with itself. The block may touch
    // memory for all the compiler knows, so that it moves no load or store across the fence.
    // SAFETY: it changes one register and the flags, and needs no more than SSE2, which is in the ABI floor.
    unsafe { asm!("and {0:e}, 0", "lfence", inout(reg) zero, options(nostack)) };
    zero as usize
}

/// 0, known only once `word` is, and with all earlier instructions done.
#[cfg(target_arch = "aarch64")]
fn zero_after(word: u32) -> usize {
    let mut zero = word;
    // The architecture keeps the dependency on `word`. The block may touch memory for all the compiler knows, so that
    // it moves no load or store across the barriers.
    // SAFETY: it changes one register and waits; the instructions are in every ARMv8.
    unsafe { asm!("and {0:w}, {0:w}, wzr", "dsb ish", "isb", inout(reg) zero, options(nostack)) };
    zero as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_makes_as_many_calls_as_it_says_each_at_offset_zero() {
        for mode in [Mode::Independent, Mode::Dependent] {
            let mut calls = 0;
            Batch { iterations: 5, mode }.repeat(&mut [f32::NAN], |offset, _| calls += 1 + 100 * offset);
            assert_eq!(calls, 5, "{mode:?}");
        }
    }

    #[test]
    fn a_kernel_without_output_can_be_repeated() {
        Batch { iterations: 2, mode: Mode::Dependent }.repeat(&mut [], |_, output| assert!(output.is_empty()));
    }

    #[test]
    fn the_word_that_is_waited_for_becomes_zero() {
        assert_eq!(zero_after(u32::MAX), 0);
    }
}
