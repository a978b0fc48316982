//! The loop of the AVX-512 variants, and the exponential of sixteen elements a register.
//!
//! `scalef` multiplies by a power of 2 of any size, rounds once, and makes 0 and infinity of a NaN where the power is
//! of an infinity: as if made for what `x - n * ln 2` is there.

use std::{
    arch::x86_64::{
        __m512, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm512_add_ps, _mm512_fmadd_ps, _mm512_fnmadd_ps,
        _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_roundscale_ps, _mm512_scalef_ps, _mm512_set1_ps,
        _mm512_setzero_ps, _mm512_sub_ps,
    },
    f32::consts::LOG2_E,
};

use super::{EXP, EXP_M1, EXP2, LN_2_HIGH, LN_2_LOW, LOWEST};
use crate::lanes::avx512::{LANES, load, load_first, store, store_first};

/// `y[i] = op(x[i])`, `N` registers a turn, which `op` takes through its steps together: each is a chain of a dozen
/// instructions and more, and the CPU looks no further ahead than two or three such chains. What is left over is a turn
/// of its own.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn map<const N: usize>(x: &[f32], y: &mut [f32], op: impl Fn([__m512; N]) -> [__m512; N]) {
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn map_in_place<const N: usize>(y: &mut [f32], op: impl Fn([__m512; N]) -> [__m512; N]) {
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn load_turn<const N: usize>(from: &[[f32; LANES]; N]) -> [__m512; N] {
    let mut turn = [_mm512_setzero_ps(); N];
    for i in 0..N {
        turn[i] = load(&from[i]);
    }
    turn
}

/// Writes the registers of a turn.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn store_turn<const N: usize>(to: &mut [[f32; LANES]; N], turn: [__m512; N]) {
    for i in 0..N {
        store(&mut to[i], turn[i]);
    }
}

/// The registers of what is less than a turn, `fill` in the lanes behind it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn load_last<const N: usize>(from: &[f32], fill: f32) -> [__m512; N] {
    let mut turn = [load_first(&[], fill); N];
    for (lanes, from) in turn.iter_mut().zip(from.chunks(LANES)) {
        *lanes = load_first(from, fill);
    }
    turn
}

/// Writes the registers of what is less than a turn.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn store_last<const N: usize>(to: &mut [f32], turn: [__m512; N]) {
    for (lanes, to) in turn.into_iter().zip(to.chunks_mut(LANES)) {
        store_first(to, lanes);
    }
}

/// A step of all registers of a turn.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn each<const N: usize>(mut a: [__m512; N], step: impl Fn(__m512) -> __m512) -> [__m512; N] {
    for a in &mut a {
        *a = step(*a);
    }
    a
}

/// A step that takes two of each register.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn pairs<const N: usize>(
    mut a: [__m512; N],
    b: [__m512; N],
    step: impl Fn(__m512, __m512) -> __m512,
) -> [__m512; N] {
    for i in 0..N {
        a[i] = step(a[i], b[i]);
    }
    a
}

/// `exp(x)`, of any `x`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn exp<const N: usize>(x: [__m512; N]) -> [__m512; N] {
    // Beyond these it is infinite and 0. A NaN stays, since of two operands the second is kept where one is a NaN.
    let x = each(x, |x| _mm512_max_ps(_mm512_set1_ps(-104.0), _mm512_min_ps(_mm512_set1_ps(89.0), x)));
    let (r, n) = reduce(x);
    pairs(exp_of_rest(r), n, |exp, n| _mm512_scalef_ps(exp, n))
}

/// `exp(x)`, for `x` of at most 0.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn exp_below_zero<const N: usize>(x: [__m512; N]) -> [__m512; N] {
    let (r, n) = reduce(each(x, |x| _mm512_max_ps(_mm512_set1_ps(LOWEST), x)));
    pairs(exp_of_rest(r), n, |exp, n| _mm512_scalef_ps(exp, n))
}

/// `exp(x) * SCALE`, for `x` from [`LOWEST`] to 0.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn scaled_exp<const N: usize>(x: [__m512; N]) -> [__m512; N] {
    let (r, n) = reduce(x);
    pairs(exp_of_rest(r), n, |exp, n| _mm512_scalef_ps(exp, _mm512_add_ps(n, _mm512_set1_ps(64.0))))
}

/// `exp(-(square + low) / 2) * SCALE`, for a `square` from 0 to twice [`LOWEST`] without its sign, and a `low` that is
/// far smaller: minus twice `r` is what is reduced, which takes an instruction less than to halve both.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn scaled_exp_of_squares<const N: usize>(square: [__m512; N], low: [__m512; N]) -> [__m512; N] {
    let n = each(square, |square| nearest(_mm512_mul_ps(square, _mm512_set1_ps(-0.5 * LOG2_E))));
    let r = pairs(n, square, |n, square| _mm512_fmadd_ps(n, _mm512_set1_ps(2.0 * LN_2_HIGH), square));
    let r = pairs(n, r, |n, r| _mm512_fmadd_ps(n, _mm512_set1_ps(2.0 * LN_2_LOW), r));
    let r = pairs(r, low, |r, low| _mm512_mul_ps(_mm512_add_ps(r, low), _mm512_set1_ps(-0.5)));
    pairs(exp_of_rest(r), n, |exp, n| _mm512_scalef_ps(exp, _mm512_add_ps(n, _mm512_set1_ps(64.0))))
}

/// `exp(x) - 1`, for `x` from -80 to 0.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn exp_m1_below_zero<const N: usize>(x: [__m512; N]) -> [__m512; N] {
    let (r, n) = reduce(x);
    let power = each(n, |n| _mm512_scalef_ps(_mm512_set1_ps(1.0), n));
    let square = each(r, |r| _mm512_mul_ps(r, r));
    let sum = pairs(square, polynomial(r, EXP_M1), |square, sum| _mm512_mul_ps(square, sum));
    let exp_m1 = pairs(sum, r, |sum, r| _mm512_add_ps(sum, r));
    pairs(exp_m1, power, |exp_m1, power| _mm512_fmadd_ps(exp_m1, power, _mm512_sub_ps(power, _mm512_set1_ps(1.0))))
}

/// `exp(x)` within `1.7e-7 + |x| * 2^-24` of it, for any `x` of at most 0: two instructions fewer, since `x` is rounded
/// once more.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn exp_below_zero_fast<const N: usize>(x: [__m512; N]) -> [__m512; N] {
    let exponent = each(x, |x| _mm512_mul_ps(x, _mm512_set1_ps(LOG2_E)));
    let n = each(exponent, |exponent| nearest(exponent));
    let r = pairs(exponent, n, |exponent, n| _mm512_sub_ps(exponent, n));
    let exp = pairs(polynomial(r, EXP2), r, |sum, r| _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1.0)));
    pairs(exp, n, |exp, n| _mm512_scalef_ps(exp, n))
}

/// `r` and `n`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn reduce<const N: usize>(x: [__m512; N]) -> ([__m512; N], [__m512; N]) {
    let n = each(x, |x| nearest(_mm512_mul_ps(x, _mm512_set1_ps(LOG2_E))));
    let r = pairs(n, x, |n, x| _mm512_fnmadd_ps(n, _mm512_set1_ps(LN_2_HIGH), x));
    (pairs(n, r, |n, r| _mm512_fnmadd_ps(n, _mm512_set1_ps(LN_2_LOW), r)), n)
}

/// The nearest whole number.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn nearest(x: __m512) -> __m512 {
    _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x)
}

/// `1 + r * (1 + r * (c[0] + c[1] * r + ...))`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn exp_of_rest<const N: usize>(r: [__m512; N]) -> [__m512; N] {
    let sum = pairs(polynomial(r, EXP), r, |sum, r| _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1.0)));
    pairs(sum, r, |sum, r| _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1.0)))
}

/// `c[0] + c[1] * r + ...`, by Horner's rule: the fewest instructions.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn polynomial<const N: usize>(r: [__m512; N], [c0, c1, c2, c3, c4]: [f32; 5]) -> [__m512; N] {
    let sum = each(r, |r| _mm512_fmadd_ps(_mm512_set1_ps(c4), r, _mm512_set1_ps(c3)));
    let sum = pairs(sum, r, |sum, r| _mm512_fmadd_ps(sum, r, _mm512_set1_ps(c2)));
    let sum = pairs(sum, r, |sum, r| _mm512_fmadd_ps(sum, r, _mm512_set1_ps(c1)));
    pairs(sum, r, |sum, r| _mm512_fmadd_ps(sum, r, _mm512_set1_ps(c0)))
}
