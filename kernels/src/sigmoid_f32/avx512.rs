//! The AVX-512 variant.

use std::arch::x86_64::{
    _mm512_add_ps, _mm512_castps_si512, _mm512_div_ps, _mm512_mask_mov_ps, _mm512_max_ps, _mm512_movepi32_mask,
    _mm512_or_ps, _mm512_set1_ps,
};

use crate::exponential::avx512::{map, scaled_exp};

/// The division runs beside the multiplications of the exponentials to come.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn sigmoid(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        let one = _mm512_set1_ps(1.0);
        // Below it the exponential is 0.
        let below = _mm512_max_ps(_mm512_set1_ps(-110.0), _mm512_or_ps(x, _mm512_set1_ps(-0.0)));
        let exp = scaled_exp(below, None, 0.0);
        let is_negative = _mm512_movepi32_mask(_mm512_castps_si512(x));
        _mm512_div_ps(_mm512_mask_mov_ps(one, is_negative, exp), _mm512_add_ps(one, exp))
    });
}
