//! The AVX-512 variant.

use std::arch::x86_64::_mm512_mul_ps;

use crate::elementwise::avx512::map;

/// Sixteen elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn mul(a: &[f32], b: &[f32], y: &mut [f32]) {
    map([a, b], y, |[a, b]| _mm512_mul_ps(a, b));
}
