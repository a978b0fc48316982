//! The loop of the AVX2 variants, and the exponential of eight elements a register.

use std::{
    arch::x86_64::{
        __m256, _mm256_add_ps, _mm256_blendv_ps, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_fmadd_ps,
        _mm256_fnmadd_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_setzero_ps,
        _mm256_slli_epi32, _mm256_sub_ps,
    },
    f32::consts::LOG2_E,
};

use super::{EXP, EXP_M1, EXP2, LN_2_HIGH, LN_2_LOW, LOWEST, ROUNDER, UNSCALE};
use crate::lanes::avx2::{LANES, load, load_first, store, store_first};

/// `y[i] = op(x[i])`, `N` registers a turn, which `op` takes through its steps together: each is a chain of a dozen
/// instructions and more, and the CPU looks no further ahead than two or three such chains. What is left over is a turn
/// of its own.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn map<const N: usize>(x: &[f32], y: &mut [f32], op: impl Fn([__m256; N]) -> [__m256; N]) {
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
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn map_in_place<const N: usize>(y: &mut [f32], op: impl Fn([__m256; N]) -> [__m256; N]) {
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
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn load_turn<const N: usize>(from: &[[f32; LANES]; N]) -> [__m256; N] {
    let mut turn = [_mm256_setzero_ps(); N];
    for i in 0..N {
        turn[i] = load(&from[i]);
    }
    turn
}

/// Writes the registers of a turn.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn store_turn<const N: usize>(to: &mut [[f32; LANES]; N], turn: [__m256; N]) {
    for i in 0..N {
        store(&mut to[i], turn[i]);
    }
}

/// The registers of what is less than a turn, `fill` in the lanes behind it.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn load_last<const N: usize>(from: &[f32], fill: f32) -> [__m256; N] {
    let mut turn = [load_first(&[], fill); N];
    for (lanes, from) in turn.iter_mut().zip(from.chunks(LANES)) {
        *lanes = load_first(from, fill);
    }
    turn
}

/// Writes the registers of what is less than a turn.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn store_last<const N: usize>(to: &mut [f32], turn: [__m256; N]) {
    for (lanes, to) in turn.into_iter().zip(to.chunks_mut(LANES)) {
        store_first(to, lanes);
    }
}

/// A step of all registers of a turn.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn each<const N: usize>(mut a: [__m256; N], step: impl Fn(__m256) -> __m256) -> [__m256; N] {
    for a in &mut a {
        *a = step(*a);
    }
    a
}

/// A step that takes two of each register.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn pairs<const N: usize>(
    mut a: [__m256; N],
    b: [__m256; N],
    step: impl Fn(__m256, __m256) -> __m256,
) -> [__m256; N] {
    for i in 0..N {
        a[i] = step(a[i], b[i]);
    }
    a
}

/// `exp(x)`, of any `x`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn exp<const N: usize>(x: [__m256; N]) -> [__m256; N] {
    // Beyond these it is infinite and 0. A NaN stays, since of two operands the second is kept where one is a NaN.
    let x = each(x, |x| _mm256_max_ps(_mm256_set1_ps(-104.0), _mm256_min_ps(_mm256_set1_ps(89.0), x)));
    // 2^n has no f32 for every n; 2^(n + 64) has for those below 0, and 2^(n - 2) for those above.
    let rounder = each(x, |x| _mm256_blendv_ps(_mm256_set1_ps(ROUNDER - 2.0), _mm256_set1_ps(ROUNDER + 64.0), x));
    let unscale = each(x, |x| _mm256_blendv_ps(_mm256_set1_ps(4.0), _mm256_set1_ps(UNSCALE), x));
    let (r, power) = reduce(x, rounder);
    let scaled = pairs(exp_of_rest(r), power, |exp, power| _mm256_mul_ps(exp, power));
    pairs(scaled, unscale, |scaled, unscale| _mm256_mul_ps(scaled, unscale))
}

/// `exp(x) * SCALE`, for `x` from [`LOWEST`] to 0.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn scaled_exp<const N: usize>(x: [__m256; N]) -> [__m256; N] {
    let (r, power) = reduce(x, [_mm256_set1_ps(ROUNDER + 64.0); N]);
    pairs(exp_of_rest(r), power, |exp, power| _mm256_mul_ps(exp, power))
}

/// `exp(-(square + low) / 2) * SCALE`, for a `square` from 0 to twice [`LOWEST`] without its sign, and a `low` that is
/// far smaller: minus twice `r` is what is reduced, which takes an instruction less than to halve both.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn scaled_exp_of_squares<const N: usize>(square: [__m256; N], low: [__m256; N]) -> [__m256; N] {
    let rounder = _mm256_set1_ps(ROUNDER + 64.0);
    let whole = each(square, |square| _mm256_fmadd_ps(square, _mm256_set1_ps(-0.5 * LOG2_E), rounder));
    let n = each(whole, |whole| _mm256_sub_ps(whole, rounder));
    let r = pairs(n, square, |n, square| _mm256_fmadd_ps(n, _mm256_set1_ps(2.0 * LN_2_HIGH), square));
    let r = pairs(n, r, |n, r| _mm256_fmadd_ps(n, _mm256_set1_ps(2.0 * LN_2_LOW), r));
    let r = pairs(r, low, |r, low| _mm256_mul_ps(_mm256_add_ps(r, low), _mm256_set1_ps(-0.5)));
    pairs(exp_of_rest(r), each(whole, |whole| power(whole)), |exp, power| _mm256_mul_ps(exp, power))
}

/// `exp(x) - 1`, for `x` from -80 to 0.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn exp_m1_below_zero<const N: usize>(x: [__m256; N]) -> [__m256; N] {
    let (r, power) = reduce(x, [_mm256_set1_ps(ROUNDER); N]);
    let square = each(r, |r| _mm256_mul_ps(r, r));
    let sum = pairs(square, polynomial(r, EXP_M1), |square, sum| _mm256_mul_ps(square, sum));
    let exp_m1 = pairs(sum, r, |sum, r| _mm256_add_ps(sum, r));
    pairs(exp_m1, power, |exp_m1, power| _mm256_fmadd_ps(exp_m1, power, _mm256_sub_ps(power, _mm256_set1_ps(1.0))))
}

/// `exp(x) * SCALE` within `1.7e-7 + |x| * 2^-24` of it, for `x` of at most 0: two instructions fewer, since `x` is
/// rounded once more.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn scaled_exp_below_zero_fast<const N: usize>(x: [__m256; N]) -> [__m256; N] {
    let rounder = _mm256_set1_ps(ROUNDER + 64.0);
    let x = each(x, |x| _mm256_max_ps(_mm256_set1_ps(LOWEST), x));
    let exponent = each(x, |x| _mm256_mul_ps(x, _mm256_set1_ps(LOG2_E)));
    let whole = each(exponent, |exponent| _mm256_add_ps(exponent, rounder));
    let r = pairs(exponent, whole, |exponent, whole| _mm256_sub_ps(exponent, _mm256_sub_ps(whole, rounder)));
    let exp = pairs(polynomial(r, EXP2), r, |sum, r| _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0)));
    pairs(exp, each(whole, |whole| power(whole)), |exp, power| _mm256_mul_ps(exp, power))
}

/// `r`, and 2 to the power of `n` and of what `rounder` has beside [`ROUNDER`].
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn reduce<const N: usize>(x: [__m256; N], rounder: [__m256; N]) -> ([__m256; N], [__m256; N]) {
    let whole = pairs(x, rounder, |x, rounder| _mm256_fmadd_ps(x, _mm256_set1_ps(LOG2_E), rounder));
    let n = pairs(whole, rounder, |whole, rounder| _mm256_sub_ps(whole, rounder));
    let r = pairs(n, x, |n, x| _mm256_fnmadd_ps(n, _mm256_set1_ps(LN_2_HIGH), x));
    let r = pairs(n, r, |n, r| _mm256_fnmadd_ps(n, _mm256_set1_ps(LN_2_LOW), r));
    (r, each(whole, |whole| power(whole)))
}

/// 2 to the power of what stands in the low bits, with the bias of an exponent. It is a factor of its own: bits added
/// to an exponent would make a number of a NaN.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn power(whole: __m256) -> __m256 {
    _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_castps_si256(whole)))
}

/// `1 + r * (1 + r * (c[0] + c[1] * r + ...))`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn exp_of_rest<const N: usize>(r: [__m256; N]) -> [__m256; N] {
    let sum = pairs(polynomial(r, EXP), r, |sum, r| _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0)));
    pairs(sum, r, |sum, r| _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0)))
}

/// `c[0] + c[1] * r + ...`, by Horner's rule: the fewest instructions.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn polynomial<const N: usize>(r: [__m256; N], [c0, c1, c2, c3, c4]: [f32; 5]) -> [__m256; N] {
    let sum = each(r, |r| _mm256_fmadd_ps(_mm256_set1_ps(c4), r, _mm256_set1_ps(c3)));
    let sum = pairs(sum, r, |sum, r| _mm256_fmadd_ps(sum, r, _mm256_set1_ps(c2)));
    let sum = pairs(sum, r, |sum, r| _mm256_fmadd_ps(sum, r, _mm256_set1_ps(c1)));
    pairs(sum, r, |sum, r| _mm256_fmadd_ps(sum, r, _mm256_set1_ps(c0)))
}
