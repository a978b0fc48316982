//! The SSE4.1 variant.

use std::arch::x86_64::_mm_min_ps;

use crate::extremum::{Extremum, sse41::find};

/// A half of the work is the search for NaNs.
#[target_feature(enable = "sse4.1")]
pub(super) fn min(a: &[f32]) -> f32 {
    find(a, Extremum::MINIMUM, |best, elements| _mm_min_ps(best, elements))
}
