//! The NEON variant.

use std::arch::aarch64::{vaddq_f32, vdupq_n_f32};

use crate::lanes::neon::{LANES, load, load_first, sum_all};

/// Eight accumulators: an addition is two to three cycles deep, and two to four issue a cycle.
#[target_feature(enable = "neon")]
pub(super) fn sum(a: &[f32]) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut sums = [vdupq_n_f32(0.0); 8];
    for turn in turns {
        for i in 0..8 {
            sums[i] = vaddq_f32(sums[i], load(&turn[i]));
        }
    }
    sums[0] = vaddq_f32(sums[0], load_first(rest, 0.0));
    for elements in lanes {
        sums[1] = vaddq_f32(sums[1], load(elements));
    }
    sum_all(&sums)
}
