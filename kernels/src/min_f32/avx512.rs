//! The AVX-512 variant.

use std::arch::x86_64::{_mm_min_ps, _mm512_min_ps};

use crate::extremum::{
    Extremum,
    avx512::{Best, find},
};

/// A third of the work is the search for NaNs.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn min(a: &[f32]) -> f32 {
    let best = Best { sixteen: |a, b| _mm512_min_ps(a, b), four: |a, b| _mm_min_ps(a, b) };
    find(a, Extremum::MINIMUM, &best)
}
