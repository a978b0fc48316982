//! The AVX-512 variant.

use std::arch::x86_64::{_mm_min_ps, _mm512_min_ps};

use crate::extremum::{
    Extremum,
    avx512::{Best, place},
};

/// Nearly all of the work is that of `min_f32`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn argmin(a: &[f32]) -> u32 {
    let best = Best { sixteen: |a, b| _mm512_min_ps(a, b), four: |a, b| _mm_min_ps(a, b) };
    place(a, Extremum::MINIMUM, &best)
}
