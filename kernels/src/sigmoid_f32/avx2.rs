//! The AVX2 variant.

use std::arch::x86_64::{_mm256_add_ps, _mm256_blendv_ps, _mm256_div_ps, _mm256_mul_ps, _mm256_or_ps, _mm256_set1_ps};

use crate::exponential::{
    UNSCALE,
    avx2::{map, scaled_exp_below_zero},
};

/// The division runs beside the multiplications of the exponentials to come.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn sigmoid(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        let one = _mm256_set1_ps(1.0);
        let scaled = scaled_exp_below_zero(_mm256_or_ps(x, _mm256_set1_ps(-0.0)), None);
        let exp = _mm256_mul_ps(scaled, _mm256_set1_ps(UNSCALE));
        _mm256_div_ps(_mm256_blendv_ps(one, exp, x), _mm256_add_ps(one, exp))
    });
}
