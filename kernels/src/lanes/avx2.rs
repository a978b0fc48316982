//! Eight `f32` or thirty-two bytes in an AVX2 register.

use std::arch::x86_64::{
    __m128i, __m256, __m256i, _mm_add_ps, _mm_add_ss, _mm_cvtsi64_si128, _mm_cvtsi128_si32, _mm_cvtsi128_si64,
    _mm_cvtss_f32, _mm_loadu_si128, _mm_max_epu32, _mm_movehdup_ps, _mm_movehl_ps, _mm_sfence, _mm_shuffle_epi32,
    _mm_storeu_si128, _mm256_add_ps, _mm256_blendv_ps, _mm256_broadcastsi128_si256, _mm256_castps256_ps128,
    _mm256_castsi256_ps, _mm256_castsi256_si128, _mm256_cmpgt_epi32, _mm256_cvtepi8_epi32, _mm256_cvtepu8_epi32,
    _mm256_cvtph_ps, _mm256_extractf128_ps, _mm256_extracti128_si256, _mm256_loadu_ps, _mm256_loadu_si256,
    _mm256_maskload_ps, _mm256_maskstore_ps, _mm256_max_epu32, _mm256_permute2x128_si256, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setr_epi32, _mm256_storeu_ps, _mm256_storeu_si256, _mm256_stream_ps, _mm256_unpackhi_epi32,
    _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
};

use crate::elementwise::streaming::Line;

/// How many `f32` a register holds.
pub(crate) const LANES: usize = 8;

/// The eight elements.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load(from: &[f32; LANES]) -> __m256 {
    // SAFETY: the array has the 32 bytes that are read.
    unsafe { _mm256_loadu_ps(from.as_ptr()) }
}

/// The eight numbers that these bits of f16 are.
#[inline]
#[target_feature(enable = "avx2,f16c")]
pub(crate) fn load_f16(from: &[u8; 2 * LANES]) -> __m256 {
    // SAFETY: the array has the 16 bytes that are read, and the instruction asks for no alignment.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(from.as_ptr().cast()) })
}

/// Writes the eight elements.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store(to: &mut [f32; LANES], lanes: __m256) {
    // SAFETY: the array has the 32 bytes that are written.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), lanes) }
}

/// The elements of a slice of at most eight, `fill` in the lanes behind them.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load_first(from: &[f32], fill: f32) -> __m256 {
    let mask = mask_of_first(from.len());
    // SAFETY: the mask reads only lanes that are elements of the slice.
    let lanes = unsafe { _mm256_maskload_ps(from.as_ptr(), mask) };
    _mm256_blendv_ps(_mm256_set1_ps(fill), lanes, _mm256_castsi256_ps(mask))
}

/// Writes the first lanes to a slice of at most eight.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store_first(to: &mut [f32], lanes: __m256) {
    let mask = mask_of_first(to.len());
    // SAFETY: the mask writes only lanes that are elements of the slice.
    unsafe { _mm256_maskstore_ps(to.as_mut_ptr(), mask, lanes) }
}

/// The sum of the lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn sum(lanes: __m256) -> f32 {
    let fours = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps::<1>(lanes));
    let twos = _mm_add_ps(fours, _mm_movehl_ps(fours, fours));
    _mm_cvtss_f32(_mm_add_ss(twos, _mm_movehdup_ps(twos)))
}

/// The sum of the lanes of all, four registers or a multiple of it, of which every fourth is added first.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn sum_all<const N: usize>(all: &[__m256; N]) -> f32 {
    let (fours, _) = all.as_chunks::<4>();
    let mut four = fours[0];
    for more in &fours[1..] {
        for (sum, more) in four.iter_mut().zip(more) {
            *sum = _mm256_add_ps(*sum, *more);
        }
    }
    sum(_mm256_add_ps(_mm256_add_ps(four[0], four[1]), _mm256_add_ps(four[2], four[3])))
}

/// The thirty-two bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load_u8(from: &[u8; 32]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read, and the instruction asks for no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

/// The eight bytes, as 32-bit lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn widen_u8(bytes: [u8; 8]) -> __m256i {
    _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(i64::from_le_bytes(bytes)))
}

/// The eight bytes with their signs, as 32-bit lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn widen_i8(bytes: [u8; 8]) -> __m256i {
    _mm256_cvtepi8_epi32(_mm_cvtsi64_si128(i64::from_le_bytes(bytes)))
}

/// The sixteen bytes, in both halves.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load_i8_twice(from: &[i8; 16]) -> __m256i {
    // SAFETY: the array has the 16 bytes that are read, and the instruction asks for no alignment.
    let half = unsafe { _mm_loadu_si128(from.as_ptr().cast()) };
    _mm256_broadcastsi128_si256(half)
}

/// Writes the sixteen 16-bit lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store_i16(to: &mut [i16; 16], lanes: __m256i) {
    // SAFETY: the array has the 32 bytes that are written, and the instruction asks for no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), lanes) }
}

/// Writes the thirty-two bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store_u8(to: &mut [u8; 32], lanes: __m256i) {
    // SAFETY: the array has the 32 bytes that are written, and the instruction asks for no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), lanes) }
}

/// Writes the first eight of sixteen bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store_low_half(to: &mut [u8; 8], lanes: __m128i) {
    *to = _mm_cvtsi128_si64(lanes).to_le_bytes();
}

/// Writes the sixteen bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store_half_u8(to: &mut [u8; 16], lanes: __m128i) {
    // SAFETY: the array has the 16 bytes that are written, and the instruction asks for no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), lanes) }
}

/// Writes the thirty-two bytes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store_i8(to: &mut [i8; 32], lanes: __m256i) {
    // SAFETY: the array has the 32 bytes that are written, and the instruction asks for no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), lanes) }
}

/// The eight integers.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load_i32(from: &[i32; LANES]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read, and the instruction asks for no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

/// Writes the eight integers.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn store_i32(to: &mut [i32; LANES], lanes: __m256i) {
    // SAFETY: the array has the 32 bytes that are written, and the instruction asks for no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), lanes) }
}

/// The largest of the eight 32-bit lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn max_u32(lanes: __m256i) -> u32 {
    let fours = _mm_max_epu32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256::<1>(lanes));
    let twos = _mm_max_epu32(fours, _mm_shuffle_epi32::<0b01_00_11_10>(fours));
    _mm_cvtsi128_si32(_mm_max_epu32(twos, _mm_shuffle_epi32::<0b10_11_00_01>(twos))).cast_unsigned()
}

/// Of each of eight registers the largest 32-bit lane, in their order: each step halves the lanes of one register and puts
/// another's beside them.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn max_of_each(all: [__m256i; 8]) -> __m256i {
    let pair = |at: usize| {
        let (one, next) = (all[at], all[at + 1]);
        _mm256_max_epu32(_mm256_unpacklo_epi32(one, next), _mm256_unpackhi_epi32(one, next))
    };
    let four = |at: usize| {
        let (one, next) = (pair(at), pair(at + 2));
        _mm256_max_epu32(_mm256_unpacklo_epi64(one, next), _mm256_unpackhi_epi64(one, next))
    };
    let (left, right) = (four(0), four(4));
    let halves = _mm256_permute2x128_si256::<0x20>(left, right);
    _mm256_max_epu32(halves, _mm256_permute2x128_si256::<0x31>(left, right))
}

#[inline]
#[target_feature(enable = "avx2")]
fn mask_of_first(count: usize) -> __m256i {
    let positions = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let count = i32::try_from(count.min(LANES)).expect("at most eight");
    _mm256_cmpgt_epi32(_mm256_set1_epi32(count), positions)
}

/// Writes a line past the caches.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn stream(to: &mut Line, [left, right]: [__m256; 2]) {
    let (registers, _) = to.0.as_chunks_mut::<LANES>();
    // SAFETY: the first half of a line has the 32 bytes that are written, and begins where a line does.
    unsafe { _mm256_stream_ps(registers[0].as_mut_ptr(), left) }
    // SAFETY: the second half of a line has the 32 bytes that are written, and begins 32 bytes behind a line's start.
    unsafe { _mm256_stream_ps(registers[1].as_mut_ptr(), right) }
}

/// Lets nothing that is stored later be seen before the lines.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn end_streaming() {
    _mm_sfence();
}

/// Register `i` of each input.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load_all<const N: usize>(lanes: [&[[f32; LANES]]; N], i: usize) -> [__m256; N] {
    // Not `array::map`: the standard library's code has not the features that a closure made here has.
    let mut all = [_mm256_set1_ps(0.0); N];
    for (register, lanes) in all.iter_mut().zip(lanes) {
        *register = load(&lanes[i]);
    }
    all
}

/// Register `i` of a turn, of each input.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load_of_turn<const N: usize, const TURN: usize>(
    turns: [&[[[f32; LANES]; TURN]]; N],
    turn: usize,
    i: usize,
) -> [__m256; N] {
    let mut all = [_mm256_set1_ps(0.0); N];
    for (register, turns) in all.iter_mut().zip(turns) {
        *register = load(&turns[turn][i]);
    }
    all
}

/// Less than a register of each input, 0 in the lanes behind it.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load_rest<const N: usize>(rests: [&[f32]; N]) -> [__m256; N] {
    let mut all = [_mm256_set1_ps(0.0); N];
    for (register, rest) in all.iter_mut().zip(rests) {
        *register = load_first(rest, 0.0);
    }
    all
}
