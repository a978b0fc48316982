//! The AVX2 variant.

use std::arch::x86_64::{
    __m256, _mm256_add_ps, _mm256_and_ps, _mm256_andnot_ps, _mm256_div_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_or_ps,
    _mm256_set1_ps,
};

use crate::exponential::avx2::{each, exp_m1_below_zero, map, pairs};

/// The division runs beside the multiplications of the polynomials to come.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn tanh(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [__m256; 4]| {
        let (sign, two) = (_mm256_set1_ps(-0.0), _mm256_set1_ps(2.0));
        // From 9.02 on it is 1. Of two operands the second is kept where one is a NaN.
        let magnitude = each(x, |x| _mm256_min_ps(_mm256_set1_ps(10.0), _mm256_andnot_ps(sign, x)));
        let exp_m1 = exp_m1_below_zero(each(magnitude, |magnitude| _mm256_mul_ps(magnitude, _mm256_set1_ps(-2.0))));
        let quotient = each(exp_m1, |exp_m1| _mm256_div_ps(exp_m1, _mm256_add_ps(exp_m1, two)));
        pairs(quotient, x, |quotient, x| _mm256_or_ps(_mm256_andnot_ps(sign, quotient), _mm256_and_ps(sign, x)))
    });
}
