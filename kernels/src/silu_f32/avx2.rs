//! The AVX2 variant.

use std::arch::x86_64::{
    _mm256_andnot_ps, _mm256_div_ps, _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps,
    _mm256_or_ps, _mm256_set1_ps, _mm256_setzero_ps,
};

use crate::exponential::{
    LOWEST, UNSCALE,
    avx2::{map, scaled_exp_below_zero},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn silu(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        let (sign, unscale) = (_mm256_set1_ps(-0.0), _mm256_set1_ps(UNSCALE));
        let magnitude = _mm256_min_ps(_mm256_set1_ps(-LOWEST), _mm256_andnot_ps(sign, x));
        let scaled = scaled_exp_below_zero(_mm256_or_ps(sign, magnitude), None);
        let sum = _mm256_fmadd_ps(scaled, unscale, _mm256_set1_ps(1.0));
        let product = _mm256_div_ps(_mm256_mul_ps(magnitude, scaled), sum);
        // Of two operands the second is kept where one is a NaN.
        _mm256_fnmadd_ps(product, unscale, _mm256_max_ps(_mm256_setzero_ps(), x))
    });
}
