//! The AVX2 variant.

use std::arch::x86_64::{_mm256_max_ps, _mm256_setzero_ps};

use crate::elementwise::avx2::map;

/// Eight elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn relu(a: &[f32], y: &mut [f32]) {
    // Of a NaN, and of two zeros, the instruction takes the second operand.
    let zero = _mm256_setzero_ps();
    map([a], y, |[a]| _mm256_max_ps(zero, a));
}
