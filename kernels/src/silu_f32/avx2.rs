//! The AVX2 variant.

use std::arch::x86_64::{
    __m256, _mm256_andnot_ps, _mm256_div_ps, _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_max_ps, _mm256_min_ps,
    _mm256_mul_ps, _mm256_or_ps, _mm256_set1_ps, _mm256_setzero_ps,
};

use crate::exponential::{
    LOWEST, UNSCALE,
    avx2::{each, map, pairs, scaled_exp},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn silu(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [__m256; 4]| {
        let (sign, unscale) = (_mm256_set1_ps(-0.0), _mm256_set1_ps(UNSCALE));
        // Of two operands the second is kept where one is a NaN, here and below.
        let magnitude = each(x, |x| _mm256_min_ps(_mm256_set1_ps(-LOWEST), _mm256_andnot_ps(sign, x)));
        let scaled = scaled_exp(each(magnitude, |magnitude| _mm256_or_ps(sign, magnitude)));
        let sum = each(scaled, |scaled| _mm256_fmadd_ps(scaled, unscale, _mm256_set1_ps(1.0)));
        let product = pairs(magnitude, scaled, |magnitude, scaled| _mm256_mul_ps(magnitude, scaled));
        let quotient = pairs(product, sum, |product, sum| _mm256_div_ps(product, sum));
        pairs(quotient, x, |quotient, x| _mm256_fnmadd_ps(quotient, unscale, _mm256_max_ps(_mm256_setzero_ps(), x)))
    });
}
