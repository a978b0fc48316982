//! The AVX2 variant.

use std::arch::x86_64::{_mm256_max_ps, _mm256_min_ps, _mm256_set1_ps};

use super::Bounds;
use crate::elementwise::avx2::map;

/// Eight elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn clip(a: &[f32], bounds: Bounds, y: &mut [f32]) {
    // Of a NaN, and of two zeros, the instructions take the second operand.
    let (lower, upper) = (_mm256_set1_ps(bounds.lower), _mm256_set1_ps(bounds.upper));
    map([a], y, |[a]| _mm256_min_ps(upper, _mm256_max_ps(lower, a)));
}
