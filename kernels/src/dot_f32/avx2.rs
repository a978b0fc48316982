//! The AVX2 variant.

use std::arch::x86_64::_mm256_fmadd_ps;

use crate::reduction::avx2::sum;

/// Two loads for each fused operation: the loads decide.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum([a, b], |sum, [a, b]| _mm256_fmadd_ps(a, b, sum))
}
