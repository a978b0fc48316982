//! The NEON variant.

use std::arch::aarch64::vfmaq_f32;

use super::settle;
use crate::reduction::neon::sum;

/// The sum of the squares as it comes, which is nearly always good.
#[target_feature(enable = "neon")]
pub(super) fn norm(a: &[f32]) -> f32 {
    let squares = sum([a], |sum, [a]| vfmaq_f32(sum, a, a));
    settle(a, squares)
}
