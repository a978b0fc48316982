//! The AVX-512 variant.

use std::arch::x86_64::{
    __m512, _mm512_abs_ps, _mm512_div_ps, _mm512_fmadd_ps, _mm512_fmsub_ps, _mm512_fnmadd_ps, _mm512_max_ps,
    _mm512_min_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use super::{DENOMINATOR, HIGHEST, NUMERATOR};
use crate::exponential::{
    UNSCALE,
    avx512::{each, map, pairs, scaled_exp_of_squares},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn gelu(x: &[f32], y: &mut [f32]) {
    let ([a0, a1, a2, a3, a4], [b1, b2, b3, b4, b5]) = (NUMERATOR, DENOMINATOR);
    map(x, y, |x: [__m512; 2]| {
        // Of two operands the second is kept where one is a NaN, here and below.
        let t = each(x, |x| _mm512_min_ps(_mm512_set1_ps(HIGHEST), _mm512_abs_ps(x)));
        let square = each(t, |t| _mm512_mul_ps(t, t));
        let low = pairs(square, t, |square, t| _mm512_fmsub_ps(t, t, square));
        let scaled = scaled_exp_of_squares(square, low);
        let scaled = pairs(scaled, t, |scaled, t| _mm512_mul_ps(scaled, t));

        let numerator = each(t, |t| _mm512_fmadd_ps(_mm512_set1_ps(a4), t, _mm512_set1_ps(a3)));
        let numerator = pairs(numerator, t, |sum, t| _mm512_fmadd_ps(sum, t, _mm512_set1_ps(a2)));
        let numerator = pairs(numerator, t, |sum, t| _mm512_fmadd_ps(sum, t, _mm512_set1_ps(a1)));
        let numerator = pairs(numerator, t, |sum, t| _mm512_fmadd_ps(sum, t, _mm512_set1_ps(a0)));
        let denominator = each(t, |t| _mm512_fmadd_ps(_mm512_set1_ps(b5), t, _mm512_set1_ps(b4)));
        let denominator = pairs(denominator, t, |sum, t| _mm512_fmadd_ps(sum, t, _mm512_set1_ps(b3)));
        let denominator = pairs(denominator, t, |sum, t| _mm512_fmadd_ps(sum, t, _mm512_set1_ps(b2)));
        let denominator = pairs(denominator, t, |sum, t| _mm512_fmadd_ps(sum, t, _mm512_set1_ps(b1)));
        let denominator = pairs(denominator, t, |sum, t| _mm512_fmadd_ps(sum, t, _mm512_set1_ps(1.0)));
        let ratio = pairs(numerator, denominator, |numerator, denominator| _mm512_div_ps(numerator, denominator));

        let product = pairs(scaled, ratio, |scaled, ratio| _mm512_mul_ps(scaled, ratio));
        pairs(product, x, |product, x| {
            _mm512_fnmadd_ps(product, _mm512_set1_ps(UNSCALE), _mm512_max_ps(_mm512_setzero_ps(), x))
        })
    });
}
