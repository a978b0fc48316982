//! The loop of the NEON variants.

use std::arch::aarch64::{float32x4_t, vdupq_n_f32, vextq_f32, vgetq_lane_f32};

use super::Extremum;
use crate::lanes::neon::{LANES, load, load_first};

/// The element that `best` of two leaves over. Eight registers a turn, since the instruction is two to three cycles
/// deep and two to four issue a cycle. It keeps NaNs and knows the zeros apart, so nothing is left to settle.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn find(a: &[f32], extremum: Extremum, best: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut bests = [vdupq_n_f32(extremum.empty); 8];
    for turn in turns {
        for i in 0..8 {
            bests[i] = best(bests[i], load(&turn[i]));
        }
    }
    bests[0] = best(bests[0], load_first(rest, extremum.empty));
    for elements in lanes {
        bests[1] = best(bests[1], load(elements));
    }

    let left = best(best(bests[0], bests[1]), best(bests[2], bests[3]));
    let right = best(best(bests[4], bests[5]), best(bests[6], bests[7]));
    let lanes = best(left, right);
    let lanes = best(lanes, vextq_f32::<2>(lanes, lanes));
    let lanes = best(lanes, vextq_f32::<1>(lanes, lanes));
    vgetq_lane_f32::<0>(lanes)
}
