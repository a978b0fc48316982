//! The AVX2 variant.

use std::arch::x86_64::_mm256_min_ps;

use crate::extremum::{Extremum, avx2::place};

/// Nearly all of the work is that of `min_f32`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn argmin(a: &[f32]) -> u32 {
    place(a, Extremum::MINIMUM, |best, elements| _mm256_min_ps(best, elements))
}
