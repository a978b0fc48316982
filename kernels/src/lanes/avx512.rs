//! Sixteen `f32` in an AVX-512 register.

use std::arch::x86_64::{
    __m512, __mmask16, _mm512_add_ps, _mm512_loadu_ps, _mm512_mask_loadu_ps, _mm512_mask_storeu_ps,
    _mm512_reduce_add_ps, _mm512_set1_ps, _mm512_storeu_ps,
};

/// How many `f32` a register holds.
pub(crate) const LANES: usize = 16;

/// The sixteen elements.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load(from: &[f32; LANES]) -> __m512 {
    // SAFETY: the array has the 64 bytes that are read.
    unsafe { _mm512_loadu_ps(from.as_ptr()) }
}

/// Writes the sixteen elements.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store(to: &mut [f32; LANES], lanes: __m512) {
    // SAFETY: the array has the 64 bytes that are written.
    unsafe { _mm512_storeu_ps(to.as_mut_ptr(), lanes) }
}

/// The elements of a slice of at most sixteen, `fill` in the lanes behind them.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_first(from: &[f32], fill: f32) -> __m512 {
    let (fill, mask) = (_mm512_set1_ps(fill), mask_of_first(from.len()));
    // SAFETY: the mask reads only lanes that are elements of the slice.
    unsafe { _mm512_mask_loadu_ps(fill, mask, from.as_ptr()) }
}

/// Writes the first lanes to a slice of at most sixteen.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store_first(to: &mut [f32], lanes: __m512) {
    let mask = mask_of_first(to.len());
    // SAFETY: the mask writes only lanes that are elements of the slice.
    unsafe { _mm512_mask_storeu_ps(to.as_mut_ptr(), mask, lanes) }
}

/// The sum of the lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn sum(lanes: __m512) -> f32 {
    _mm512_reduce_add_ps(lanes)
}

/// The sum of the lanes of all, the registers pairwise.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn sum_all(all: &[__m512; 8]) -> f32 {
    let left = _mm512_add_ps(_mm512_add_ps(all[0], all[1]), _mm512_add_ps(all[2], all[3]));
    let right = _mm512_add_ps(_mm512_add_ps(all[4], all[5]), _mm512_add_ps(all[6], all[7]));
    _mm512_reduce_add_ps(_mm512_add_ps(left, right))
}

/// One bit a lane.
fn mask_of_first(count: usize) -> __mmask16 {
    let unused = LANES - count.min(LANES);
    u16::MAX.checked_shr(u32::try_from(unused).expect("at most sixteen")).unwrap_or(0)
}
