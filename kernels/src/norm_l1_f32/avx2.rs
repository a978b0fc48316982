//! The AVX2 variant.

use std::arch::x86_64::{_mm256_add_ps, _mm256_andnot_ps, _mm256_set1_ps};

use crate::reduction::avx2::sum;

/// Clearing the signs costs an instruction, which the loads leave room for.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn norm(a: &[f32]) -> f32 {
    let sign = _mm256_set1_ps(-0.0);
    sum([a], |sum, [a]| _mm256_add_ps(sum, _mm256_andnot_ps(sign, a)))
}
