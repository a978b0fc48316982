//! The NEON variant.

use std::arch::aarch64::{vdupq_n_f32, vfmaq_f32, vmulq_f32};

use super::{scalar, scale};
use crate::{
    elementwise::neon::map,
    lanes::neon::{LANES, load, load_first, sum_all},
};

/// The root and the division once a row; two multiplications an element.
#[target_feature(enable = "neon")]
pub(crate) fn rmsnorm(x: &[f32], w: &[f32], y: &mut [f32]) {
    let sum = sum_of_squares(x);
    if !sum.is_finite() {
        return scalar::rmsnorm(x, w, y);
    }
    let scale = vdupq_n_f32(scale(sum, x.len()));
    map([x, w], y, |[x, w]| vmulq_f32(vmulq_f32(x, scale), w));
}

/// Eight accumulators: an FMA is four cycles deep, and two to four issue a cycle.
#[inline]
#[target_feature(enable = "neon")]
fn sum_of_squares(x: &[f32]) -> f32 {
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut sums = [vdupq_n_f32(0.0); 8];
    for turn in turns {
        for i in 0..8 {
            let x = load(&turn[i]);
            sums[i] = vfmaq_f32(sums[i], x, x);
        }
    }
    let x = load_first(rest, 0.0);
    sums[0] = vfmaq_f32(sums[0], x, x);
    for elements in lanes {
        let x = load(elements);
        sums[1] = vfmaq_f32(sums[1], x, x);
    }
    sum_all(&sums)
}
