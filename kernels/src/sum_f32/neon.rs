//! The NEON variant.

use std::arch::aarch64::vaddq_f32;

use crate::reduction;

/// Four elements an instruction, in the order in which the loads bring them.
#[target_feature(enable = "neon")]
pub(super) fn sum(a: &[f32]) -> f32 {
    reduction::neon::sum([a], |sum, [a]| vaddq_f32(sum, a))
}
