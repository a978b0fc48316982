//! The AVX-512 variant.

use std::arch::x86_64::_mm512_max_ps;

use crate::extremum::{Extremum, avx512::find};

/// A third of the work is the search for NaNs.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn max(a: &[f32]) -> f32 {
    find(a, Extremum::MAXIMUM, |best, elements| _mm512_max_ps(best, elements))
}
