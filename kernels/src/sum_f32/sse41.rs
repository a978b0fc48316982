//! The SSE4.1 variant.

use std::arch::x86_64::_mm_add_ps;

use crate::reduction;

/// Four elements an instruction, in the order in which the loads bring them.
#[target_feature(enable = "sse4.1")]
pub(super) fn sum(a: &[f32]) -> f32 {
    reduction::sse41::sum([a], |sum, [a]| _mm_add_ps(sum, a))
}
