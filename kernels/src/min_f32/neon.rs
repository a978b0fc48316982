//! The NEON variant.

use std::arch::aarch64::vminq_f32;

use crate::extremum::{Extremum, neon::find};

/// The instruction does what the contract asks.
#[target_feature(enable = "neon")]
pub(super) fn min(a: &[f32]) -> f32 {
    find(a, Extremum::MINIMUM, |best, elements| vminq_f32(best, elements))
}
