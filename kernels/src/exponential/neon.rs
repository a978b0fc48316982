//! The loop of the NEON variants, and the exponential of four elements.

use std::{
    arch::aarch64::{
        float32x4_t, vaddq_f32, vaddq_s32, vbslq_f32, vcltzq_f32, vdupq_n_f32, vdupq_n_s32, vfmaq_f32, vfmsq_f32,
        vmaxq_f32, vminq_f32, vmulq_f32, vreinterpretq_f32_s32, vreinterpretq_s32_f32, vshlq_n_s32, vsubq_f32,
    },
    f32::consts::LOG2_E,
};

use super::{EXP, EXP_M1, EXP2, LN_2_HIGH, LN_2_LOW, LOWEST, ROUNDER, UNSCALE};
use crate::lanes::neon::{LANES, load, load_first, store, store_first};

/// `y[i] = op(x[i])`. Four registers a turn, since each is a chain of a dozen instructions and more.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn map(x: &[f32], y: &mut [f32], op: impl Fn(float32x4_t) -> float32x4_t) {
    let (x_lanes, x_rest) = x.as_chunks::<LANES>();
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let (x_turns, x_lanes) = x_lanes.as_chunks::<4>();
    let (y_turns, y_lanes) = y_lanes.as_chunks_mut::<4>();
    for (y, x) in y_turns.iter_mut().zip(x_turns) {
        for i in 0..4 {
            store(&mut y[i], op(load(&x[i])));
        }
    }
    for (y, x) in y_lanes.iter_mut().zip(x_lanes) {
        store(y, op(load(x)));
    }
    if !x_rest.is_empty() {
        store_first(y_rest, op(load_first(x_rest, 0.0)));
    }
}

/// `y[i] = op(y[i])`. Four registers a turn.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn map_in_place(y: &mut [f32], op: impl Fn(float32x4_t) -> float32x4_t) {
    let (lanes, rest) = y.as_chunks_mut::<LANES>();
    let (turns, lanes) = lanes.as_chunks_mut::<4>();
    for turn in turns {
        for i in 0..4 {
            let elements = op(load(&turn[i]));
            store(&mut turn[i], elements);
        }
    }
    for y in lanes {
        let elements = op(load(y));
        store(y, elements);
    }
    let elements = op(load_first(rest, 0.0));
    store_first(rest, elements);
}

/// `exp(x)`, of any `x`.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn exp(x: float32x4_t) -> float32x4_t {
    // Beyond these it is infinite and 0. A NaN stays.
    let x = vmaxq_f32(vdupq_n_f32(-104.0), vminq_f32(vdupq_n_f32(89.0), x));
    // 2^n has no f32 for every n; 2^(n + 64) has for those below 0, and 2^(n - 2) for those above.
    let is_below = vcltzq_f32(x);
    let rounder = vbslq_f32(is_below, vdupq_n_f32(ROUNDER + 64.0), vdupq_n_f32(ROUNDER - 2.0));
    let unscale = vbslq_f32(is_below, vdupq_n_f32(UNSCALE), vdupq_n_f32(4.0));
    let (r, power) = reduce(x, rounder);
    let one = vdupq_n_f32(1.0);
    let exp = vfmaq_f32(one, vfmaq_f32(one, polynomial(r, EXP), r), r);
    vmulq_f32(vmulq_f32(exp, power), unscale)
}

/// `exp(x + low) * SCALE`, for `x` of at most 0 and a `low` that is far smaller.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn scaled_exp_below_zero(x: float32x4_t, low: Option<float32x4_t>) -> float32x4_t {
    let x = vmaxq_f32(vdupq_n_f32(LOWEST), x);
    let (r, power) = reduce(x, vdupq_n_f32(ROUNDER + 64.0));
    let r = low.map_or(r, |low| vaddq_f32(r, low));
    let one = vdupq_n_f32(1.0);
    let exp = vfmaq_f32(one, vfmaq_f32(one, polynomial(r, EXP), r), r);
    vmulq_f32(exp, power)
}

/// `exp(x) - 1`, for `x` from -80 to 0.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn exp_m1_below_zero(x: float32x4_t) -> float32x4_t {
    let (r, power) = reduce(x, vdupq_n_f32(ROUNDER));
    let exp_m1 = vfmaq_f32(r, vmulq_f32(r, r), polynomial(r, EXP_M1));
    vfmaq_f32(vsubq_f32(power, vdupq_n_f32(1.0)), power, exp_m1)
}

/// `exp(x) * SCALE` within `1e-7 + |x| * 2^-24` of it, for `x` of at most 0: two instructions fewer, since `x` is
/// rounded once more.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn scaled_exp_below_zero_fast(x: float32x4_t) -> float32x4_t {
    let x = vmaxq_f32(vdupq_n_f32(LOWEST), x);
    let rounder = vdupq_n_f32(ROUNDER + 64.0);
    let exponent = vmulq_f32(x, vdupq_n_f32(LOG2_E));
    let rounded = vaddq_f32(exponent, rounder);
    let r = vsubq_f32(exponent, vsubq_f32(rounded, rounder));
    let exp = vfmaq_f32(vdupq_n_f32(1.0), polynomial(r, EXP2), r);
    vmulq_f32(exp, power(rounded))
}

/// `r`, and 2 to the power of `n` and of what `rounder` has beside [`ROUNDER`].
#[inline]
#[target_feature(enable = "neon")]
fn reduce(x: float32x4_t, rounder: float32x4_t) -> (float32x4_t, float32x4_t) {
    let rounded = vfmaq_f32(rounder, x, vdupq_n_f32(LOG2_E));
    let n = vsubq_f32(rounded, rounder);
    let r = vfmsq_f32(x, n, vdupq_n_f32(LN_2_HIGH));
    (vfmsq_f32(r, n, vdupq_n_f32(LN_2_LOW)), power(rounded))
}

/// 2 to the power of the whole number in the low bits. It is a factor of its own: bits added to an exponent would make
/// a number of a NaN.
#[inline]
#[target_feature(enable = "neon")]
fn power(rounded: float32x4_t) -> float32x4_t {
    let exponent = vshlq_n_s32::<23>(vreinterpretq_s32_f32(rounded));
    vreinterpretq_f32_s32(vaddq_s32(exponent, vdupq_n_s32(1.0_f32.to_bits().cast_signed())))
}

/// `c[0] + c[1] * r + ...`, by Horner's rule: the fewest instructions.
#[inline]
#[target_feature(enable = "neon")]
fn polynomial(r: float32x4_t, [c0, c1, c2, c3, c4]: [f32; 5]) -> float32x4_t {
    let sum = vfmaq_f32(vdupq_n_f32(c3), vdupq_n_f32(c4), r);
    let sum = vfmaq_f32(vdupq_n_f32(c2), sum, r);
    vfmaq_f32(vdupq_n_f32(c0), vfmaq_f32(vdupq_n_f32(c1), sum, r), r)
}
