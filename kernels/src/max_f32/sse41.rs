//! The SSE4.1 variant.

use std::arch::x86_64::_mm_max_ps;

use crate::extremum::{Extremum, sse41::find};

/// A half of the work is the search for NaNs.
#[target_feature(enable = "sse4.1")]
pub(super) fn max(a: &[f32]) -> f32 {
    find(a, Extremum::MAXIMUM, |best, elements| _mm_max_ps(best, elements))
}
