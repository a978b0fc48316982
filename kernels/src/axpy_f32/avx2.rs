//! The AVX2 variant.

use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps};

use crate::elementwise::avx2::map;

/// Eight elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn axpy(x: &[f32], z: &[f32], alpha: f32, y: &mut [f32]) {
    let alpha = _mm256_set1_ps(alpha);
    map([x, z], y, |[x, z]| _mm256_fmadd_ps(alpha, x, z));
}
