//! The NEON variant.

use std::arch::aarch64::vmaxq_f32;

use crate::extremum::{Extremum, neon::place};

/// Nearly all of the work is that of `max_f32`.
#[target_feature(enable = "neon")]
pub(super) fn argmax(a: &[f32]) -> u32 {
    place(a, Extremum::MAXIMUM, |best, elements| vmaxq_f32(best, elements))
}
