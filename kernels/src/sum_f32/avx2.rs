//! The AVX2 variant.

use std::arch::x86_64::_mm256_add_ps;

use crate::reduction;

/// Eight elements an instruction, in the order in which the loads bring them.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn sum(a: &[f32]) -> f32 {
    reduction::avx2::sum([a], |sum, [a]| _mm256_add_ps(sum, a))
}
