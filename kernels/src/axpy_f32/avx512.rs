//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_set1_ps};

use crate::elementwise::avx512::map;

/// Sixteen elements an instruction; the loads and the store decide.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn axpy(x: &[f32], z: &[f32], alpha: f32, y: &mut [f32]) {
    let alpha = _mm512_set1_ps(alpha);
    map([x, z], y, |[x, z]| _mm512_fmadd_ps(alpha, x, z));
}
