//! The SSE4.1 variant.

use std::arch::x86_64::_mm_min_ps;

use crate::extremum::{Extremum, sse41::place};

/// Nearly all of the work is that of `min_f32`.
#[target_feature(enable = "sse4.1")]
pub(super) fn argmin(a: &[f32]) -> u32 {
    place(a, Extremum::MINIMUM, |best, elements| _mm_min_ps(best, elements))
}
