//! The SSE4.1 variant.

use std::arch::x86_64::{_mm_add_ps, _mm_andnot_ps, _mm_set1_ps};

use crate::reduction::sse41::sum;

/// Clearing the signs costs an instruction, which the loads leave room for.
#[target_feature(enable = "sse4.1")]
pub(super) fn norm(a: &[f32]) -> f32 {
    let sign = _mm_set1_ps(-0.0);
    sum([a], |sum, [a]| _mm_add_ps(sum, _mm_andnot_ps(sign, a)))
}
