//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_abs_ps, _mm512_add_ps};

use crate::reduction::avx512::sum;

/// Clearing the signs costs an instruction, which the loads leave room for.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn norm(a: &[f32]) -> f32 {
    sum([a], |sum, [a]| _mm512_add_ps(sum, _mm512_abs_ps(a)))
}
