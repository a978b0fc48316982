//! The NEON variant.

use std::arch::aarch64::{vabsq_f32, vaddq_f32};

use crate::reduction::neon::sum;

/// Clearing the signs costs an instruction, which the loads leave room for.
#[target_feature(enable = "neon")]
pub(super) fn norm(a: &[f32]) -> f32 {
    sum([a], |sum, [a]| vaddq_f32(sum, vabsq_f32(a)))
}
