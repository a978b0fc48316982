//! The loop of the AVX2 variants, and the exponential of eight elements.

use std::{
    arch::x86_64::{
        __m256, _mm256_add_epi32, _mm256_add_ps, _mm256_blendv_ps, _mm256_castps_si256, _mm256_castsi256_ps,
        _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_set1_epi32,
        _mm256_set1_ps, _mm256_slli_epi32, _mm256_sub_ps,
    },
    f32::consts::LOG2_E,
};

use super::{EXP, EXP_M1, EXP2, LN_2_HIGH, LN_2_LOW, LOWEST, ROUNDER, UNSCALE};
use crate::lanes::avx2::{LANES, load, load_first, store, store_first};

/// `y[i] = op(x[i])`. Four registers a turn, since each is a chain of a dozen instructions and more.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn map(x: &[f32], y: &mut [f32], op: impl Fn(__m256) -> __m256) {
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
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn map_in_place(y: &mut [f32], op: impl Fn(__m256) -> __m256) {
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
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn exp(x: __m256) -> __m256 {
    // Beyond these it is infinite and 0. A NaN stays, since of two operands the second is kept where one is a NaN.
    let x = _mm256_max_ps(_mm256_set1_ps(-104.0), _mm256_min_ps(_mm256_set1_ps(89.0), x));
    // 2^n has no f32 for every n; 2^(n + 64) has for those below 0, and 2^(n - 2) for those above.
    let rounder = _mm256_blendv_ps(_mm256_set1_ps(ROUNDER - 2.0), _mm256_set1_ps(ROUNDER + 64.0), x);
    let unscale = _mm256_blendv_ps(_mm256_set1_ps(4.0), _mm256_set1_ps(UNSCALE), x);
    let (r, power) = reduce(x, rounder);
    let one = _mm256_set1_ps(1.0);
    let exp = _mm256_fmadd_ps(_mm256_fmadd_ps(polynomial(r, EXP), r, one), r, one);
    _mm256_mul_ps(_mm256_mul_ps(exp, power), unscale)
}

/// `exp(x + low) * SCALE`, for `x` of at most 0 and a `low` that is far smaller.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn scaled_exp_below_zero(x: __m256, low: Option<__m256>) -> __m256 {
    let x = _mm256_max_ps(_mm256_set1_ps(LOWEST), x);
    let (r, power) = reduce(x, _mm256_set1_ps(ROUNDER + 64.0));
    let r = low.map_or(r, |low| _mm256_add_ps(r, low));
    let one = _mm256_set1_ps(1.0);
    let exp = _mm256_fmadd_ps(_mm256_fmadd_ps(polynomial(r, EXP), r, one), r, one);
    _mm256_mul_ps(exp, power)
}

/// `exp(x) - 1`, for `x` from -80 to 0.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn exp_m1_below_zero(x: __m256) -> __m256 {
    let (r, power) = reduce(x, _mm256_set1_ps(ROUNDER));
    let exp_m1 = _mm256_fmadd_ps(_mm256_mul_ps(r, r), polynomial(r, EXP_M1), r);
    _mm256_fmadd_ps(power, exp_m1, _mm256_sub_ps(power, _mm256_set1_ps(1.0)))
}

/// `exp(x) * SCALE` within `1e-7 + |x| * 2^-24` of it, for `x` of at most 0: two instructions fewer, since `x` is
/// rounded once more.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn scaled_exp_below_zero_fast(x: __m256) -> __m256 {
    let x = _mm256_max_ps(_mm256_set1_ps(LOWEST), x);
    let rounder = _mm256_set1_ps(ROUNDER + 64.0);
    let exponent = _mm256_mul_ps(x, _mm256_set1_ps(LOG2_E));
    let rounded = _mm256_add_ps(exponent, rounder);
    let r = _mm256_sub_ps(exponent, _mm256_sub_ps(rounded, rounder));
    let exp = _mm256_fmadd_ps(polynomial(r, EXP2), r, _mm256_set1_ps(1.0));
    _mm256_mul_ps(exp, power(rounded))
}

/// `r`, and 2 to the power of `n` and of what `rounder` has beside [`ROUNDER`].
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn reduce(x: __m256, rounder: __m256) -> (__m256, __m256) {
    let rounded = _mm256_fmadd_ps(x, _mm256_set1_ps(LOG2_E), rounder);
    let n = _mm256_sub_ps(rounded, rounder);
    let r = _mm256_fnmadd_ps(n, _mm256_set1_ps(LN_2_HIGH), x);
    (_mm256_fnmadd_ps(n, _mm256_set1_ps(LN_2_LOW), r), power(rounded))
}

/// 2 to the power of the whole number in the low bits. It is a factor of its own: bits added to an exponent would make
/// a number of a NaN.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn power(rounded: __m256) -> __m256 {
    let exponent = _mm256_slli_epi32::<23>(_mm256_castps_si256(rounded));
    _mm256_castsi256_ps(_mm256_add_epi32(exponent, _mm256_set1_epi32(1.0_f32.to_bits().cast_signed())))
}

/// `c[0] + c[1] * r + ...`, by Horner's rule: the fewest instructions.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn polynomial(r: __m256, [c0, c1, c2, c3, c4]: [f32; 5]) -> __m256 {
    let sum = _mm256_fmadd_ps(_mm256_set1_ps(c4), r, _mm256_set1_ps(c3));
    let sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(c2));
    _mm256_fmadd_ps(_mm256_fmadd_ps(sum, r, _mm256_set1_ps(c1)), r, _mm256_set1_ps(c0))
}
