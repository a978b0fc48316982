//! The AVX2 variant.

use std::arch::x86_64::{
    __m256, _mm256_andnot_ps, _mm256_div_ps, _mm256_fmadd_ps, _mm256_fmsub_ps, _mm256_fnmadd_ps, _mm256_max_ps,
    _mm256_min_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_setzero_ps,
};

use super::{DENOMINATOR, HIGHEST, NUMERATOR};
use crate::exponential::{
    UNSCALE,
    avx2::{each, map, pairs, scaled_exp_of_squares},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gelu(x: &[f32], y: &mut [f32]) {
    let ([a0, a1, a2, a3, a4], [b1, b2, b3, b4, b5]) = (NUMERATOR, DENOMINATOR);
    map(x, y, |x: [__m256; 4]| {
        // Of two operands the second is kept where one is a NaN, here and below.
        let t = each(x, |x| _mm256_min_ps(_mm256_set1_ps(HIGHEST), _mm256_andnot_ps(_mm256_set1_ps(-0.0), x)));
        let square = each(t, |t| _mm256_mul_ps(t, t));
        let low = pairs(square, t, |square, t| _mm256_fmsub_ps(t, t, square));
        let scaled = scaled_exp_of_squares(square, low);
        let scaled = pairs(scaled, t, |scaled, t| _mm256_mul_ps(scaled, t));

        let numerator = each(t, |t| _mm256_fmadd_ps(_mm256_set1_ps(a4), t, _mm256_set1_ps(a3)));
        let numerator = pairs(numerator, t, |sum, t| _mm256_fmadd_ps(sum, t, _mm256_set1_ps(a2)));
        let numerator = pairs(numerator, t, |sum, t| _mm256_fmadd_ps(sum, t, _mm256_set1_ps(a1)));
        let numerator = pairs(numerator, t, |sum, t| _mm256_fmadd_ps(sum, t, _mm256_set1_ps(a0)));
        let denominator = each(t, |t| _mm256_fmadd_ps(_mm256_set1_ps(b5), t, _mm256_set1_ps(b4)));
        let denominator = pairs(denominator, t, |sum, t| _mm256_fmadd_ps(sum, t, _mm256_set1_ps(b3)));
        let denominator = pairs(denominator, t, |sum, t| _mm256_fmadd_ps(sum, t, _mm256_set1_ps(b2)));
        let denominator = pairs(denominator, t, |sum, t| _mm256_fmadd_ps(sum, t, _mm256_set1_ps(b1)));
        let denominator = pairs(denominator, t, |sum, t| _mm256_fmadd_ps(sum, t, _mm256_set1_ps(1.0)));
        let ratio = pairs(numerator, denominator, |numerator, denominator| _mm256_div_ps(numerator, denominator));

        let product = pairs(scaled, ratio, |scaled, ratio| _mm256_mul_ps(scaled, ratio));
        pairs(product, x, |product, x| {
            _mm256_fnmadd_ps(product, _mm256_set1_ps(UNSCALE), _mm256_max_ps(_mm256_setzero_ps(), x))
        })
    });
}
