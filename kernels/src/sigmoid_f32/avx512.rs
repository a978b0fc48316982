//! The AVX-512 variant.

use std::arch::x86_64::{
    __m512, _mm512_add_ps, _mm512_castps_si512, _mm512_div_ps, _mm512_mask_mov_ps, _mm512_movepi32_mask, _mm512_or_ps,
    _mm512_set1_ps,
};

use crate::exponential::avx512::{each, exp_below_zero, map, pairs};

/// The division runs beside the multiplications of the exponentials to come.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn sigmoid(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [__m512; 1]| {
        let one = _mm512_set1_ps(1.0);
        let exp = exp_below_zero(each(x, |x| _mm512_or_ps(x, _mm512_set1_ps(-0.0))));
        let numerator = pairs(exp, x, |exp, x| {
            let is_negative = _mm512_movepi32_mask(_mm512_castps_si512(x));
            _mm512_mask_mov_ps(one, is_negative, exp)
        });
        pairs(numerator, exp, |numerator, exp| _mm512_div_ps(numerator, _mm512_add_ps(one, exp)))
    });
}
