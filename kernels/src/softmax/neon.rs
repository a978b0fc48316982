//! The passes of the NEON variants.

use std::arch::aarch64::{float32x4_t, vaddq_f32, vdupq_n_f32, vmaxq_f32, vmaxvq_f32, vsubq_f32};

use crate::{
    exponential::{
        UNSCALE,
        neon::{each, load_last, load_turn, pairs, scaled_exp_below_zero_fast, store_last, store_turn},
    },
    lanes::neon::{LANES, load, load_first, sum_all},
};

/// The largest of the numbers in `x`. Eight registers a turn: the
/// instruction is two to three cycles deep and two to four issue a cycle.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn maximum(x: &[f32]) -> f32 {
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut best = [vdupq_n_f32(f32::NEG_INFINITY); 8];
    for turn in turns {
        for i in 0..8 {
            best[i] = vmaxq_f32(best[i], load(&turn[i]));
        }
    }
    best[0] = vmaxq_f32(best[0], load_first(rest, f32::NEG_INFINITY));
    for elements in lanes {
        best[1] = vmaxq_f32(best[1], load(elements));
    }
    let left = vmaxq_f32(vmaxq_f32(best[0], best[1]), vmaxq_f32(best[2], best[3]));
    let right = vmaxq_f32(vmaxq_f32(best[4], best[5]), vmaxq_f32(best[6], best[7]));
    vmaxvq_f32(vmaxq_f32(left, right))
}

/// Writes `exp(x[i] - maximum) * SCALE`, and gives their sum. Four registers a turn, each with a sum of its own.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn exponentials(x: &[f32], y: &mut [f32], maximum: f32) -> f32 {
    let maximum = vdupq_n_f32(maximum);
    let power = |x: [float32x4_t; 4]| scaled_exp_below_zero_fast(each(x, |x| vsubq_f32(x, maximum)));
    let (x_turns, _) = x.as_chunks::<LANES>().0.as_chunks::<4>();
    let (y_turns, _) = y.as_chunks_mut::<LANES>().0.as_chunks_mut::<4>();
    let mut sums = [vdupq_n_f32(0.0); 4];
    for (y, x) in y_turns.iter_mut().zip(x_turns) {
        let powers = power(load_turn(x));
        sums = pairs(sums, powers, |sum, power| vaddq_f32(sum, power));
        store_turn(y, powers);
    }
    let done = x_turns.len() * 4 * LANES;
    if done < x.len() {
        let powers = power(load_last(&x[done..], f32::NEG_INFINITY));
        sums = pairs(sums, powers, |sum, power| vaddq_f32(sum, power));
        store_last(&mut y[done..], powers);
    }
    sum_of(sums)
}

/// The sum of `exp(x[i] - maximum)`. Four registers a turn, each with a sum of its own.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn sum(x: &[f32], maximum: f32) -> f32 {
    let maximum = vdupq_n_f32(maximum);
    let power = |x: [float32x4_t; 4]| scaled_exp_below_zero_fast(each(x, |x| vsubq_f32(x, maximum)));
    let (turns, _) = x.as_chunks::<LANES>().0.as_chunks::<4>();
    let mut sums = [vdupq_n_f32(0.0); 4];
    for turn in turns {
        sums = pairs(sums, power(load_turn(turn)), |sum, power| vaddq_f32(sum, power));
    }
    let done = turns.len() * 4 * LANES;
    if done < x.len() {
        let powers = power(load_last(&x[done..], f32::NEG_INFINITY));
        sums = pairs(sums, powers, |sum, power| vaddq_f32(sum, power));
    }
    sum_of(sums) * UNSCALE
}

/// The sum of the lanes of all.
#[inline]
#[target_feature(enable = "neon")]
fn sum_of([a, b, c, d]: [float32x4_t; 4]) -> f32 {
    let zero = vdupq_n_f32(0.0);
    sum_all(&[a, b, c, d, zero, zero, zero, zero])
}
