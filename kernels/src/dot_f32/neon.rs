//! The NEON variant.

use std::arch::aarch64::{vdupq_n_f32, vfmaq_f32};

use crate::lanes::neon::{LANES, load, load_first, sum_all};

/// Eight accumulators: an FMA is four cycles deep, and two to four issue a cycle.
#[target_feature(enable = "neon")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let (a_turns, a_lanes) = a_lanes.as_chunks::<8>();
    let (b_turns, b_lanes) = b_lanes.as_chunks::<8>();
    let mut sums = [vdupq_n_f32(0.0); 8];
    for (a, b) in a_turns.iter().zip(b_turns) {
        for i in 0..8 {
            sums[i] = vfmaq_f32(sums[i], load(&a[i]), load(&b[i]));
        }
    }
    sums[0] = vfmaq_f32(sums[0], load_first(a_rest, 0.0), load_first(b_rest, 0.0));
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        sums[1] = vfmaq_f32(sums[1], load(a), load(b));
    }
    sum_all(&sums)
}
