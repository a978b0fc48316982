//! The NEON variant.

use std::arch::aarch64::vfmaq_f32;

use crate::reduction::neon::sum;

/// Two loads for each fused operation: the loads decide.
#[target_feature(enable = "neon")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum([a, b], |sum, [a, b]| vfmaq_f32(sum, a, b))
}
