//! The SSE4.1 variant.

use std::arch::x86_64::{_mm_add_ps, _mm_mul_ps};

use crate::reduction::sse41::sum;

/// Each product rounded, since nothing is fused yet.
#[target_feature(enable = "sse4.1")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum([a, b], |sum, [a, b]| _mm_add_ps(sum, _mm_mul_ps(a, b)))
}
