//! The SSE4.1 variant.

use std::arch::x86_64::{_mm_add_ps, _mm_mul_ps};

use super::settle;
use crate::reduction::sse41::sum;

/// The sum of the squares as it comes, which is nearly always good.
#[target_feature(enable = "sse4.1")]
pub(super) fn norm(a: &[f32]) -> f32 {
    let squares = sum([a], |sum, [a]| _mm_add_ps(sum, _mm_mul_ps(a, a)));
    settle(a, squares)
}
