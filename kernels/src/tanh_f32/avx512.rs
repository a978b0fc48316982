//! The AVX-512 variant.

use std::arch::x86_64::{
    __m512, _mm512_abs_ps, _mm512_add_ps, _mm512_and_ps, _mm512_div_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_or_ps,
    _mm512_set1_ps,
};

use crate::exponential::avx512::{each, exp_m1_below_zero, map, pairs};

/// The division runs beside the multiplications of the polynomials to come.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn tanh(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [__m512; 2]| {
        let (sign, two) = (_mm512_set1_ps(-0.0), _mm512_set1_ps(2.0));
        // From 9.02 on it is 1. Of two operands the second is kept where one is a NaN.
        let magnitude = each(x, |x| _mm512_min_ps(_mm512_set1_ps(10.0), _mm512_abs_ps(x)));
        let exp_m1 = exp_m1_below_zero(each(magnitude, |magnitude| _mm512_mul_ps(magnitude, _mm512_set1_ps(-2.0))));
        let quotient = each(exp_m1, |exp_m1| _mm512_div_ps(exp_m1, _mm512_add_ps(exp_m1, two)));
        pairs(quotient, x, |quotient, x| _mm512_or_ps(_mm512_abs_ps(quotient), _mm512_and_ps(sign, x)))
    });
}
