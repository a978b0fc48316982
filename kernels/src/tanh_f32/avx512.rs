//! The AVX-512 variant.

use std::arch::x86_64::{
    _mm512_abs_ps, _mm512_add_ps, _mm512_and_ps, _mm512_div_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_or_ps,
    _mm512_set1_ps,
};

use crate::exponential::avx512::{exp_m1_below_zero, map};

/// The division runs beside the multiplications of the polynomials to come.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn tanh(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        // From 9.02 on it is 1. Of two operands the second is kept where one is a NaN.
        let magnitude = _mm512_min_ps(_mm512_set1_ps(10.0), _mm512_abs_ps(x));
        let exp_m1 = exp_m1_below_zero(_mm512_mul_ps(magnitude, _mm512_set1_ps(-2.0)));
        let quotient = _mm512_div_ps(exp_m1, _mm512_add_ps(exp_m1, _mm512_set1_ps(2.0)));
        _mm512_or_ps(_mm512_abs_ps(quotient), _mm512_and_ps(_mm512_set1_ps(-0.0), x))
    });
}
