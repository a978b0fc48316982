//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_mul_ps, _mm512_set1_ps};

use crate::elementwise::avx512::map;

/// Sixteen elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn scale(a: &[f32], alpha: f32, y: &mut [f32]) {
    let alpha = _mm512_set1_ps(alpha);
    map([a], y, |[a]| _mm512_mul_ps(alpha, a));
}
