//! The AVX-512 variant.

use std::arch::x86_64::{
    _mm512_abs_ps, _mm512_div_ps, _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
    _mm512_or_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use crate::exponential::{
    LOWEST, UNSCALE,
    avx512::{map, scaled_exp},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn silu(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        let unscale = _mm512_set1_ps(UNSCALE);
        let magnitude = _mm512_min_ps(_mm512_set1_ps(-LOWEST), _mm512_abs_ps(x));
        let scaled = scaled_exp(_mm512_or_ps(_mm512_set1_ps(-0.0), magnitude), None, 64.0);
        let sum = _mm512_fmadd_ps(scaled, unscale, _mm512_set1_ps(1.0));
        let product = _mm512_div_ps(_mm512_mul_ps(magnitude, scaled), sum);
        // Of two operands the second is kept where one is a NaN.
        _mm512_fnmadd_ps(product, unscale, _mm512_max_ps(_mm512_setzero_ps(), x))
    });
}
