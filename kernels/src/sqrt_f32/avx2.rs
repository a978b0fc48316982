//! The AVX2 variant.

use std::arch::x86_64::_mm256_sqrt_ps;

use crate::elementwise::avx2::map;

/// Eight elements an instruction, which takes several times as long as the loads and the store.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn sqrt(a: &[f32], y: &mut [f32]) {
    map([a], y, |[a]| _mm256_sqrt_ps(a));
}
