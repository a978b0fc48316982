//! The AVX-512 variant.

use std::arch::x86_64::_mm512_add_ps;

use crate::reduction;

/// Sixteen elements an instruction, in the order in which the loads bring them.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn sum(a: &[f32]) -> f32 {
    reduction::avx512::sum([a], |sum, [a]| _mm512_add_ps(sum, a))
}
