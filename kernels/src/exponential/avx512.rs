//! The loop of the AVX-512 variants, and the exponential of sixteen elements.
//!
//! `scalef` multiplies by a power of 2 of any size, rounds once, and makes 0 and infinity of a NaN where the power is of
//! an infinity: as if made for what `x - n * ln 2` is there.

use std::{
    arch::x86_64::{
        __m512, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm512_add_ps, _mm512_fmadd_ps, _mm512_fnmadd_ps,
        _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_roundscale_ps, _mm512_scalef_ps, _mm512_set1_ps,
        _mm512_sub_ps,
    },
    f32::consts::LOG2_E,
};

use super::{EXP, EXP_M1, EXP2, LN_2_HIGH, LN_2_LOW};
use crate::lanes::avx512::{LANES, load, load_first, store, store_first};

/// `y[i] = op(x[i])`. Four registers a turn, since each is a chain of a dozen instructions and more.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn map(x: &[f32], y: &mut [f32], op: impl Fn(__m512) -> __m512) {
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn map_in_place(y: &mut [f32], op: impl Fn(__m512) -> __m512) {
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn exp(x: __m512) -> __m512 {
    // Beyond these it is infinite and 0. A NaN stays, since of two operands the second is kept where one is a NaN.
    let x = _mm512_max_ps(_mm512_set1_ps(-104.0), _mm512_min_ps(_mm512_set1_ps(89.0), x));
    scaled_exp(x, None, 0.0)
}

/// `exp(x + low) * 2^scale`, for `x` from -200 to 89 and a `low` that is far smaller.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn scaled_exp(x: __m512, low: Option<__m512>, scale: f32) -> __m512 {
    let (r, n) = reduce(x);
    let r = low.map_or(r, |low| _mm512_add_ps(r, low));
    let one = _mm512_set1_ps(1.0);
    let exp = _mm512_fmadd_ps(_mm512_fmadd_ps(polynomial(r, EXP), r, one), r, one);
    _mm512_scalef_ps(exp, if scale == 0.0 { n } else { _mm512_add_ps(n, _mm512_set1_ps(scale)) })
}

/// `exp(x) - 1`, for `x` from -80 to 0.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn exp_m1_below_zero(x: __m512) -> __m512 {
    let (r, n) = reduce(x);
    let one = _mm512_set1_ps(1.0);
    let power = _mm512_scalef_ps(one, n);
    let exp_m1 = _mm512_fmadd_ps(_mm512_mul_ps(r, r), polynomial(r, EXP_M1), r);
    _mm512_fmadd_ps(power, exp_m1, _mm512_sub_ps(power, one))
}

/// `exp(x)` within `1e-7 + |x| * 2^-24` of it, for any `x` of at most 0: two instructions fewer, since `x` is rounded
/// once more.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn exp_below_zero_fast(x: __m512) -> __m512 {
    let exponent = _mm512_mul_ps(x, _mm512_set1_ps(LOG2_E));
    let n = nearest(exponent);
    let r = _mm512_sub_ps(exponent, n);
    _mm512_scalef_ps(_mm512_fmadd_ps(polynomial(r, EXP2), r, _mm512_set1_ps(1.0)), n)
}

/// `r` and `n`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn reduce(x: __m512) -> (__m512, __m512) {
    let n = nearest(_mm512_mul_ps(x, _mm512_set1_ps(LOG2_E)));
    let r = _mm512_fnmadd_ps(n, _mm512_set1_ps(LN_2_HIGH), x);
    (_mm512_fnmadd_ps(n, _mm512_set1_ps(LN_2_LOW), r), n)
}

/// The nearest whole number.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn nearest(x: __m512) -> __m512 {
    _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x)
}

/// `c[0] + c[1] * r + ...`, by Horner's rule: the fewest instructions.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn polynomial(r: __m512, [c0, c1, c2, c3, c4]: [f32; 5]) -> __m512 {
    let sum = _mm512_fmadd_ps(_mm512_set1_ps(c4), r, _mm512_set1_ps(c3));
    let sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(c2));
    _mm512_fmadd_ps(_mm512_fmadd_ps(sum, r, _mm512_set1_ps(c1)), r, _mm512_set1_ps(c0))
}
