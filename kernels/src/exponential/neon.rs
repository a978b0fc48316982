//! The loop of the NEON variants, and the exponential of four elements a register.

use std::{
    arch::aarch64::{
        float32x4_t, vaddq_f32, vbslq_f32, vcltzq_f32, vdupq_n_f32, vfmaq_f32, vfmsq_f32, vmaxq_f32, vminq_f32,
        vmulq_f32, vreinterpretq_f32_s32, vreinterpretq_s32_f32, vshlq_n_s32, vsubq_f32,
    },
    f32::consts::LOG2_E,
};

use super::{EXP, EXP_M1, EXP2, LN_2_HIGH, LN_2_LOW, LOWEST, ROUNDER, UNSCALE};
use crate::lanes::neon::{LANES, load, load_first, store, store_first};

/// `y[i] = op(x[i])`, `N` registers a turn, which `op` takes through its steps together: each is a chain of a dozen
/// instructions and more, and the CPU looks no further ahead than two or three such chains. What is left over is a turn
/// of its own.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn map<const N: usize>(x: &[f32], y: &mut [f32], op: impl Fn([float32x4_t; N]) -> [float32x4_t; N]) {
    let (x_lanes, _) = x.as_chunks::<LANES>();
    let (y_lanes, _) = y.as_chunks_mut::<LANES>();
    let (x_turns, _) = x_lanes.as_chunks::<N>();
    let (y_turns, _) = y_lanes.as_chunks_mut::<N>();
    for (y, x) in y_turns.iter_mut().zip(x_turns) {
        store_turn(y, op(load_turn(x)));
    }
    let done = x_turns.len() * N * LANES;
    if done < x.len() {
        let last = op(load_last(&x[done..], 0.0));
        store_last(&mut y[done..], last);
    }
}

/// `y[i] = op(y[i])`, `N` registers a turn.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn map_in_place<const N: usize>(y: &mut [f32], op: impl Fn([float32x4_t; N]) -> [float32x4_t; N]) {
    let (lanes, _) = y.as_chunks_mut::<LANES>();
    let (turns, _) = lanes.as_chunks_mut::<N>();
    let done = turns.len() * N * LANES;
    for turn in turns {
        let elements = op(load_turn(turn));
        store_turn(turn, elements);
    }
    if done < y.len() {
        let last = op(load_last(&y[done..], 0.0));
        store_last(&mut y[done..], last);
    }
}

/// The registers of a turn.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_turn<const N: usize>(from: &[[f32; LANES]; N]) -> [float32x4_t; N] {
    let mut turn = [vdupq_n_f32(0.0); N];
    for i in 0..N {
        turn[i] = load(&from[i]);
    }
    turn
}

/// Writes the registers of a turn.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_turn<const N: usize>(to: &mut [[f32; LANES]; N], turn: [float32x4_t; N]) {
    for i in 0..N {
        store(&mut to[i], turn[i]);
    }
}

/// The registers of what is less than a turn, `fill` in the lanes behind it.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_last<const N: usize>(from: &[f32], fill: f32) -> [float32x4_t; N] {
    let mut turn = [load_first(&[], fill); N];
    for (lanes, from) in turn.iter_mut().zip(from.chunks(LANES)) {
        *lanes = load_first(from, fill);
    }
    turn
}

/// Writes the registers of what is less than a turn.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_last<const N: usize>(to: &mut [f32], turn: [float32x4_t; N]) {
    for (lanes, to) in turn.into_iter().zip(to.chunks_mut(LANES)) {
        store_first(to, lanes);
    }
}

/// A step of all registers of a turn.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn each<const N: usize>(
    mut a: [float32x4_t; N],
    step: impl Fn(float32x4_t) -> float32x4_t,
) -> [float32x4_t; N] {
    for a in &mut a {
        *a = step(*a);
    }
    a
}

/// A step that takes two of each register.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn pairs<const N: usize>(
    mut a: [float32x4_t; N],
    b: [float32x4_t; N],
    step: impl Fn(float32x4_t, float32x4_t) -> float32x4_t,
) -> [float32x4_t; N] {
    for i in 0..N {
        a[i] = step(a[i], b[i]);
    }
    a
}

/// `exp(x)`, of any `x`.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn exp<const N: usize>(x: [float32x4_t; N]) -> [float32x4_t; N] {
    // Beyond these it is infinite and 0. A NaN stays.
    let x = each(x, |x| vmaxq_f32(vdupq_n_f32(-104.0), vminq_f32(vdupq_n_f32(89.0), x)));
    // 2^n has no f32 for every n; 2^(n + 64) has for those below 0, and 2^(n - 2) for those above.
    let rounder = each(x, |x| vbslq_f32(vcltzq_f32(x), vdupq_n_f32(ROUNDER + 64.0), vdupq_n_f32(ROUNDER - 2.0)));
    let unscale = each(x, |x| vbslq_f32(vcltzq_f32(x), vdupq_n_f32(UNSCALE), vdupq_n_f32(4.0)));
    let (r, power) = reduce(x, rounder);
    let scaled = pairs(exp_of_rest(r), power, |exp, power| vmulq_f32(exp, power));
    pairs(scaled, unscale, |scaled, unscale| vmulq_f32(scaled, unscale))
}

/// `exp(x) * SCALE`, for `x` from [`LOWEST`] to 0.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn scaled_exp<const N: usize>(x: [float32x4_t; N]) -> [float32x4_t; N] {
    let (r, power) = reduce(x, [vdupq_n_f32(ROUNDER + 64.0); N]);
    pairs(exp_of_rest(r), power, |exp, power| vmulq_f32(exp, power))
}

/// `exp(-(square + low) / 2) * SCALE`, for a `square` from 0 to twice [`LOWEST`] without its sign, and a `low` that is
/// far smaller: minus twice `r` is what is reduced, which takes an instruction less than to halve both.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn scaled_exp_of_squares<const N: usize>(
    square: [float32x4_t; N],
    low: [float32x4_t; N],
) -> [float32x4_t; N] {
    let rounder = vdupq_n_f32(ROUNDER + 64.0);
    let whole = each(square, |square| vfmaq_f32(rounder, square, vdupq_n_f32(-0.5 * LOG2_E)));
    let n = each(whole, |whole| vsubq_f32(whole, rounder));
    let r = pairs(n, square, |n, square| vfmaq_f32(square, n, vdupq_n_f32(2.0 * LN_2_HIGH)));
    let r = pairs(n, r, |n, r| vfmaq_f32(r, n, vdupq_n_f32(2.0 * LN_2_LOW)));
    let r = pairs(r, low, |r, low| vmulq_f32(vaddq_f32(r, low), vdupq_n_f32(-0.5)));
    pairs(exp_of_rest(r), each(whole, |whole| power(whole)), |exp, power| vmulq_f32(exp, power))
}

/// `exp(x) - 1`, for `x` from -80 to 0.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn exp_m1_below_zero<const N: usize>(x: [float32x4_t; N]) -> [float32x4_t; N] {
    let (r, power) = reduce(x, [vdupq_n_f32(ROUNDER); N]);
    let square = each(r, |r| vmulq_f32(r, r));
    let sum = pairs(square, polynomial(r, EXP_M1), |square, sum| vmulq_f32(square, sum));
    let exp_m1 = pairs(sum, r, |sum, r| vaddq_f32(sum, r));
    pairs(exp_m1, power, |exp_m1, power| vfmaq_f32(vsubq_f32(power, vdupq_n_f32(1.0)), exp_m1, power))
}

/// `exp(x) * SCALE` within `1.7e-7 + |x| * 2^-24` of it, for `x` of at most 0: two instructions fewer, since `x` is
/// rounded once more.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn scaled_exp_below_zero_fast<const N: usize>(x: [float32x4_t; N]) -> [float32x4_t; N] {
    let rounder = vdupq_n_f32(ROUNDER + 64.0);
    let x = each(x, |x| vmaxq_f32(vdupq_n_f32(LOWEST), x));
    let exponent = each(x, |x| vmulq_f32(x, vdupq_n_f32(LOG2_E)));
    let whole = each(exponent, |exponent| vaddq_f32(exponent, rounder));
    let r = pairs(exponent, whole, |exponent, whole| vsubq_f32(exponent, vsubq_f32(whole, rounder)));
    let exp = pairs(polynomial(r, EXP2), r, |sum, r| vfmaq_f32(vdupq_n_f32(1.0), sum, r));
    pairs(exp, each(whole, |whole| power(whole)), |exp, power| vmulq_f32(exp, power))
}

/// `r`, and 2 to the power of `n` and of what `rounder` has beside [`ROUNDER`].
#[inline]
#[target_feature(enable = "neon")]
fn reduce<const N: usize>(x: [float32x4_t; N], rounder: [float32x4_t; N]) -> ([float32x4_t; N], [float32x4_t; N]) {
    let whole = pairs(x, rounder, |x, rounder| vfmaq_f32(rounder, x, vdupq_n_f32(LOG2_E)));
    let n = pairs(whole, rounder, |whole, rounder| vsubq_f32(whole, rounder));
    let r = pairs(n, x, |n, x| vfmsq_f32(x, n, vdupq_n_f32(LN_2_HIGH)));
    let r = pairs(n, r, |n, r| vfmsq_f32(r, n, vdupq_n_f32(LN_2_LOW)));
    (r, each(whole, |whole| power(whole)))
}

/// 2 to the power of what stands in the low bits, with the bias of an exponent. It is a factor of its own: bits added
/// to an exponent would make a number of a NaN.
#[inline]
#[target_feature(enable = "neon")]
fn power(whole: float32x4_t) -> float32x4_t {
    vreinterpretq_f32_s32(vshlq_n_s32::<23>(vreinterpretq_s32_f32(whole)))
}

/// `1 + r * (1 + r * (c[0] + c[1] * r + ...))`.
#[inline]
#[target_feature(enable = "neon")]
fn exp_of_rest<const N: usize>(r: [float32x4_t; N]) -> [float32x4_t; N] {
    let sum = pairs(polynomial(r, EXP), r, |sum, r| vfmaq_f32(vdupq_n_f32(1.0), sum, r));
    pairs(sum, r, |sum, r| vfmaq_f32(vdupq_n_f32(1.0), sum, r))
}

/// `c[0] + c[1] * r + ...`, by Horner's rule: the fewest instructions.
#[inline]
#[target_feature(enable = "neon")]
fn polynomial<const N: usize>(r: [float32x4_t; N], [c0, c1, c2, c3, c4]: [f32; 5]) -> [float32x4_t; N] {
    let sum = each(r, |r| vfmaq_f32(vdupq_n_f32(c3), vdupq_n_f32(c4), r));
    let sum = pairs(sum, r, |sum, r| vfmaq_f32(vdupq_n_f32(c2), sum, r));
    let sum = pairs(sum, r, |sum, r| vfmaq_f32(vdupq_n_f32(c1), sum, r));
    pairs(sum, r, |sum, r| vfmaq_f32(vdupq_n_f32(c0), sum, r))
}
