//! The AVX2 variant.

use std::arch::x86_64::_mm256_min_ps;

use crate::extremum::{Extremum, avx2::find};

/// A half of the work is the search for NaNs.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn min(a: &[f32]) -> f32 {
    find(a, Extremum::MINIMUM, |best, elements| _mm256_min_ps(best, elements))
}
