//! A batch: the iterations of one sample, run without a branch on the variant between them.

use std::{arch::asm, hint::black_box};

/// How the calls of a batch depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// Runs `call` that often. `call` gets an offset to add to the start of its inputs, which is always 0, and
    /// returns a word of its output. The word and the offset are how a dependent call waits for the one before.
    #[inline]
    pub fn repeat(self, mut call: impl FnMut(usize) -> u32) {
        match self.mode {
            Mode::Independent => {
                for _ in 0..self.iterations {
                    black_box(call(black_box(0)));
                }
            }
            Mode::Dependent => {
                let mut word = 0;
                for _ in 0..self.iterations {
                    word = call(zero_after(word));
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
    // SAFETY: it changes one register, reads no memory and needs no more than SSE2, which every x86-64 has.
    unsafe { asm!("and {0:e}, 0", "lfence", inout(reg) zero, options(nostack)) };
    zero as usize
}

/// 0, known only once `word` is, and with all earlier instructions done.
#[cfg(target_arch = "aarch64")]
fn zero_after(word: u32) -> usize {
    let mut zero = word;
    // SAFETY: it changes one register and waits; both instructions are in every ARMv8.
    unsafe { asm!("and {0:w}, {0:w}, wzr", "dsb ish", "isb", inout(reg) zero, options(nostack)) };
    zero as usize
}
