//! The AVX-512 variant.

use std::arch::x86_64::{_mm_max_ps, _mm512_max_ps};

use crate::extremum::{
    Extremum,
    avx512::{Best, place},
};

/// Nearly all of the work is that of `max_f32`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn argmax(a: &[f32]) -> u32 {
    let best = Best { sixteen: |a, b| _mm512_max_ps(a, b), four: |a, b| _mm_max_ps(a, b) };
    place(a, Extremum::MAXIMUM, &best)
}
