//! Sixteen `f32` in an AVX-512 register.

use std::arch::x86_64::{
    __m512, __m512i, __mmask16, _mm_loadu_si128, _mm_sfence, _mm_storeu_si128, _mm512_add_ps, _mm512_cvtepi8_epi32,
    _mm512_cvtepi32_epi8, _mm512_cvtepu8_epi32, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mask_loadu_ps,
    _mm512_mask_storeu_ps, _mm512_reduce_add_ps, _mm512_set1_ps, _mm512_storeu_ps, _mm512_storeu_si512,
    _mm512_stream_ps,
};

use crate::elementwise::streaming::Line;

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

/// The sixteen bytes, as 32-bit lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn widen_u8(from: &[u8; LANES]) -> __m512i {
    // SAFETY: the array has the 16 bytes that are read, and the instruction asks for no alignment.
    _mm512_cvtepu8_epi32(unsafe { _mm_loadu_si128(from.as_ptr().cast()) })
}

/// The sixteen bytes with their signs, as 32-bit lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn widen_i8(from: &[u8; LANES]) -> __m512i {
    // SAFETY: the array has the 16 bytes that are read, and the instruction asks for no alignment.
    _mm512_cvtepi8_epi32(unsafe { _mm_loadu_si128(from.as_ptr().cast()) })
}

/// Writes the low byte of each of the sixteen 32-bit lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store_low_bytes(to: &mut [u8; LANES], lanes: __m512i) {
    let bytes = _mm512_cvtepi32_epi8(lanes);
    // SAFETY: the array has the 16 bytes that are written, and the instruction asks for no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), bytes) }
}

/// The sixty-four bytes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_u8(from: &[u8; 64]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are read, and the instruction asks for no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

/// The sum of the lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn sum(lanes: __m512) -> f32 {
    _mm512_reduce_add_ps(lanes)
}

/// The sum of the lanes of all, four registers or a multiple of it, of which every fourth is added first.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn sum_all<const N: usize>(all: &[__m512; N]) -> f32 {
    let (fours, _) = all.as_chunks::<4>();
    let mut four = fours[0];
    for more in &fours[1..] {
        for (sum, more) in four.iter_mut().zip(more) {
            *sum = _mm512_add_ps(*sum, *more);
        }
    }
    _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(four[0], four[1]), _mm512_add_ps(four[2], four[3])))
}

/// The thirty-two 16-bit lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_i16(from: &[i16; 32]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are read, and the instruction asks for no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

/// Writes the thirty-two 16-bit lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store_i16(to: &mut [i16; 32], lanes: __m512i) {
    // SAFETY: the array has the 64 bytes that are written, and the instruction asks for no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), lanes) }
}

/// One bit a lane.
fn mask_of_first(count: usize) -> __mmask16 {
    let unused = LANES - count.min(LANES);
    u16::MAX.checked_shr(u32::try_from(unused).expect("at most sixteen")).unwrap_or(0)
}

/// Writes a line past the caches.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn stream(to: &mut Line, lanes: __m512) {
    // SAFETY: a line has the 64 bytes that are written, and is aligned to as many.
    unsafe { _mm512_stream_ps(to.0.as_mut_ptr(), lanes) }
}

/// Lets nothing that is stored later be seen before the lines.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn end_streaming() {
    _mm_sfence();
}

/// Register `i` of each input.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_all<const N: usize>(lanes: [&[[f32; LANES]]; N], i: usize) -> [__m512; N] {
    // Not `array::map`: the standard library's code has not the features that a closure made here has.
    let mut all = [_mm512_set1_ps(0.0); N];
    for (register, lanes) in all.iter_mut().zip(lanes) {
        *register = load(&lanes[i]);
    }
    all
}

/// Register `i` of a turn, of each input.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_of_turn<const N: usize, const TURN: usize>(
    turns: [&[[[f32; LANES]; TURN]]; N],
    turn: usize,
    i: usize,
) -> [__m512; N] {
    let mut all = [_mm512_set1_ps(0.0); N];
    for (register, turns) in all.iter_mut().zip(turns) {
        *register = load(&turns[turn][i]);
    }
    all
}

/// Less than a register of each input, 0 in the lanes behind it.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn load_rest<const N: usize>(rests: [&[f32]; N]) -> [__m512; N] {
    let mut all = [_mm512_set1_ps(0.0); N];
    for (register, rest) in all.iter_mut().zip(rests) {
        *register = load_first(rest, 0.0);
    }
    all
}

/// Writes the sixty-four bytes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn store_u8(to: &mut [u8; 64], lanes: __m512i) {
    // SAFETY: the array has the 64 bytes that are written, and the instruction asks for no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), lanes) }
}
