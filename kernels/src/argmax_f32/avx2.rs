//! The AVX2 variant.

use std::arch::x86_64::_mm256_max_ps;

use crate::extremum::{Extremum, avx2::place};

/// Nearly all of the work is that of `max_f32`.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn argmax(a: &[f32]) -> u32 {
    place(a, Extremum::MAXIMUM, |best, elements| _mm256_max_ps(best, elements))
}
