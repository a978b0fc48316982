//! The NEON variant.

use std::arch::aarch64::vmaxq_f32;

use crate::extremum::{Extremum, neon::find};

/// The instruction does what the contract asks.
#[target_feature(enable = "neon")]
pub(super) fn max(a: &[f32]) -> f32 {
    find(a, Extremum::MAXIMUM, |best, elements| vmaxq_f32(best, elements))
}
