//! The AVX-512 variant.

use std::arch::x86_64::_mm512_fmadd_ps;

use crate::reduction::avx512::sum;

/// Two loads for each fused operation: the loads decide.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum([a, b], |sum, [a, b]| _mm512_fmadd_ps(a, b, sum))
}
