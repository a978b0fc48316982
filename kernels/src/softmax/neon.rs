//! The passes of the NEON variants.

use std::arch::aarch64::{vaddq_f32, vdupq_n_f32, vmaxq_f32, vmaxvq_f32, vsubq_f32};

use crate::{
    exponential::{UNSCALE, neon::scaled_exp_below_zero_fast},
    lanes::neon::{LANES, load, load_first, store, store_first, sum_all},
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
    let (x_lanes, x_rest) = x.as_chunks::<LANES>();
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let (x_turns, x_lanes) = x_lanes.as_chunks::<4>();
    let (y_turns, y_lanes) = y_lanes.as_chunks_mut::<4>();
    let mut sums = [vdupq_n_f32(0.0); 8];
    for (y, x) in y_turns.iter_mut().zip(x_turns) {
        for i in 0..4 {
            let power = scaled_exp_below_zero_fast(vsubq_f32(load(&x[i]), maximum));
            sums[i] = vaddq_f32(sums[i], power);
            store(&mut y[i], power);
        }
    }
    for (y, x) in y_lanes.iter_mut().zip(x_lanes) {
        let power = scaled_exp_below_zero_fast(vsubq_f32(load(x), maximum));
        sums[4] = vaddq_f32(sums[4], power);
        store(y, power);
    }
    if !x_rest.is_empty() {
        let power = scaled_exp_below_zero_fast(vsubq_f32(load_first(x_rest, f32::NEG_INFINITY), maximum));
        sums[5] = vaddq_f32(sums[5], power);
        store_first(y_rest, power);
    }
    sum_all(&sums)
}

/// The sum of `exp(x[i] - maximum)`. Four registers a turn, each with a sum of its own.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn sum(x: &[f32], maximum: f32) -> f32 {
    let maximum = vdupq_n_f32(maximum);
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut sums = [vdupq_n_f32(0.0); 8];
    for turn in turns {
        for i in 0..4 {
            sums[i] = vaddq_f32(sums[i], scaled_exp_below_zero_fast(vsubq_f32(load(&turn[i]), maximum)));
        }
    }
    for elements in lanes {
        sums[4] = vaddq_f32(sums[4], scaled_exp_below_zero_fast(vsubq_f32(load(elements), maximum)));
    }
    let last = load_first(rest, f32::NEG_INFINITY);
    sums[5] = vaddq_f32(sums[5], scaled_exp_below_zero_fast(vsubq_f32(last, maximum)));
    sum_all(&sums) * UNSCALE
}
