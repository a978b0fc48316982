//! The AVX2 variant.

use std::arch::x86_64::_mm256_fmadd_ps;

use super::settle;
use crate::reduction::avx2::sum;

/// The sum of the squares as it comes, which is nearly always good.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn norm(a: &[f32]) -> f32 {
    let squares = sum([a], |sum, [a]| _mm256_fmadd_ps(a, a, sum));
    settle(a, squares)
}
