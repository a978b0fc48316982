//! The AVX-512 variant.

use std::arch::x86_64::_mm512_max_ps;

use crate::extremum::{Extremum, avx512::place};

/// Nearly all of the work is that of `max_f32`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn argmax(a: &[f32]) -> u32 {
    place(a, Extremum::MAXIMUM, |best, elements| _mm512_max_ps(best, elements))
}
