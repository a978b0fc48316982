//! The AVX2 variant.

use std::arch::x86_64::{_mm256_andnot_ps, _mm256_set1_ps};

use crate::elementwise::avx2::map;

/// Eight elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn abs(a: &[f32], y: &mut [f32]) {
    let sign = _mm256_set1_ps(-0.0);
    map([a], y, |[a]| _mm256_andnot_ps(sign, a));
}
