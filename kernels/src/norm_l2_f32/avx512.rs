//! The AVX-512 variant.

use std::arch::x86_64::_mm512_fmadd_ps;

use super::settle;
use crate::reduction::avx512::sum;

/// The sum of the squares as it comes, which is nearly always good.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn norm(a: &[f32]) -> f32 {
    let squares = sum([a], |sum, [a]| _mm512_fmadd_ps(a, a, sum));
    settle(a, squares)
}
