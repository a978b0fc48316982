//! The NEON variant.

use std::arch::aarch64::vminq_f32;

use crate::extremum::{Extremum, neon::place};

/// Nearly all of the work is that of `min_f32`.
#[target_feature(enable = "neon")]
pub(super) fn argmin(a: &[f32]) -> u32 {
    place(a, Extremum::MINIMUM, |best, elements| vminq_f32(best, elements))
}
