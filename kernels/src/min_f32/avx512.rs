//! The AVX-512 variant.

use std::arch::x86_64::_mm512_min_ps;

use crate::extremum::{Extremum, avx512::find};

/// A third of the work is the search for NaNs.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn min(a: &[f32]) -> f32 {
    find(a, Extremum::MINIMUM, |best, elements| _mm512_min_ps(best, elements))
}
