//! The AVX-512 variant.

use std::arch::x86_64::{
    __m512, _mm512_abs_ps, _mm512_div_ps, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_max_ps, _mm512_min_ps,
    _mm512_mul_ps, _mm512_or_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use crate::exponential::{
    LOWEST, UNSCALE,
    avx512::{each, map, pairs, scaled_exp},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn silu(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [__m512; 2]| {
        let unscale = _mm512_set1_ps(UNSCALE);
        // Of two operands the second is kept where one is a NaN, here and below.
        let magnitude = each(x, |x| _mm512_min_ps(_mm512_set1_ps(-LOWEST), _mm512_abs_ps(x)));
        let below_zero = each(magnitude, |magnitude| _mm512_or_ps(_mm512_set1_ps(-0.0), magnitude));
        let scaled = scaled_exp(below_zero);
        let sum = each(scaled, |scaled| _mm512_fmadd_ps(scaled, unscale, _mm512_set1_ps(1.0)));
        let product = pairs(magnitude, scaled, |magnitude, scaled| _mm512_mul_ps(magnitude, scaled));
        let quotient = pairs(product, sum, |product, sum| _mm512_div_ps(product, sum));
        pairs(quotient, x, |quotient, x| _mm512_fnmadd_ps(quotient, unscale, _mm512_max_ps(_mm512_setzero_ps(), x)))
    });
}
