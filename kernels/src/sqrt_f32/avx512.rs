//! The AVX-512 variant.

use std::arch::x86_64::_mm512_sqrt_ps;

use crate::elementwise::avx512::map;

/// Sixteen elements an instruction, which takes several times as long as the loads and the store.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn sqrt(a: &[f32], y: &mut [f32]) {
    map([a], y, |[a]| _mm512_sqrt_ps(a));
}
