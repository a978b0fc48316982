//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_max_ps, _mm512_min_ps, _mm512_set1_ps};

use super::Bounds;
use crate::elementwise::avx512::map;

/// Sixteen elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn clip(a: &[f32], bounds: Bounds, y: &mut [f32]) {
    // Of a NaN, and of two zeros, the instructions take the second operand.
    let (lower, upper) = (_mm512_set1_ps(bounds.lower), _mm512_set1_ps(bounds.upper));
    map([a], y, |[a]| _mm512_min_ps(upper, _mm512_max_ps(lower, a)));
}
