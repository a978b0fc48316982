//! The AVX2 variant.

use std::arch::x86_64::{
    __m256, _mm256_add_ps, _mm256_blendv_ps, _mm256_div_ps, _mm256_max_ps, _mm256_mul_ps, _mm256_or_ps, _mm256_set1_ps,
};

use crate::exponential::{
    LOWEST, UNSCALE,
    avx2::{each, map, pairs, scaled_exp},
};

/// The division runs beside the multiplications of the exponentials to come.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn sigmoid(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [__m256; 4]| {
        let one = _mm256_set1_ps(1.0);
        // Of two operands the second is kept where one is a NaN.
        let below_zero = |x| _mm256_max_ps(_mm256_set1_ps(LOWEST), _mm256_or_ps(x, _mm256_set1_ps(-0.0)));
        let scaled = scaled_exp(each(x, below_zero));
        let exp = each(scaled, |scaled| _mm256_mul_ps(scaled, _mm256_set1_ps(UNSCALE)));
        let numerator = pairs(exp, x, |exp, x| _mm256_blendv_ps(one, exp, x));
        pairs(numerator, exp, |numerator, exp| _mm256_div_ps(numerator, _mm256_add_ps(one, exp)))
    });
}
