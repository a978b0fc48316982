//! The AVX-512 variant.

use std::arch::x86_64::_mm512_min_ps;

use crate::extremum::{Extremum, avx512::place};

/// Nearly all of the work is that of `min_f32`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn argmin(a: &[f32]) -> u32 {
    place(a, Extremum::MINIMUM, |best, elements| _mm512_min_ps(best, elements))
}
