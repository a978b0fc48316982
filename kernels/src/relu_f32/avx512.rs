//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_max_ps, _mm512_setzero_ps};

use crate::elementwise::avx512::map;

/// Sixteen elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn relu(a: &[f32], y: &mut [f32]) {
    // Of a NaN, and of two zeros, the instruction takes the second operand.
    let zero = _mm512_setzero_ps();
    map([a], y, |[a]| _mm512_max_ps(zero, a));
}
