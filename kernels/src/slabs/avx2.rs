//! The passes of the AVX2 variants.

use std::arch::x86_64::{
    __m256, __m256i, _mm256_and_si256, _mm256_castps_si256, _mm256_cvtps_epi32, _mm256_max_epu32, _mm256_mul_ps,
    _mm256_packs_epi16, _mm256_packs_epi32, _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_setr_epi32, _mm256_setzero_si256,
};

use super::{CHUNK, MAGNITUDE, Slab};
use crate::lanes::avx2::{LANES, load, load_first, max_u32, store_i8};

/// What the elements are to their quantiser.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn slab(x: &[f32]) -> Slab {
    Slab::of(absmax(x))
}

/// The largest magnitude, 0 of no elements; each is read once. Eight registers a turn, each with a largest of its own: more than the loads of a cycle wait
/// for.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn absmax(x: &[f32]) -> f32 {
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut largest = [_mm256_setzero_si256(); 8];
    for turn in turns {
        for i in 0..8 {
            largest[i] = _mm256_max_epu32(largest[i], magnitudes(load(&turn[i])));
        }
    }
    for (i, elements) in lanes.iter().enumerate() {
        largest[i] = _mm256_max_epu32(largest[i], magnitudes(load(elements)));
    }
    largest[7] = _mm256_max_epu32(largest[7], magnitudes(load_first(rest, 0.0)));
    for distance in [4, 2, 1] {
        for i in 0..distance {
            largest[i] = _mm256_max_epu32(largest[i], largest[i + distance]);
        }
    }
    f32::from_bits(max_u32(largest[0]))
}

/// The bits of the elements but their signs.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn magnitudes(x: __m256) -> __m256i {
    _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(MAGNITUDE.cast_signed()))
}

/// The elements, each times `factor`, rounded to integers.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn rounded(x: &[f32; CHUNK], factor: f32) -> [__m256i; 4] {
    let (lanes, _) = x.as_chunks::<LANES>();
    let factor = _mm256_set1_ps(factor);
    let mut codes = [_mm256_setzero_si256(); 4];
    for (codes, elements) in codes.iter_mut().zip(lanes) {
        *codes = _mm256_cvtps_epi32(_mm256_mul_ps(load(elements), factor));
    }
    codes
}

/// Integers of eight bits, one a byte, in their order: the packing instructions leave fours of each half beside each
/// other.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn bytes([a, b, c, d]: [__m256i; 4]) -> __m256i {
    let packed = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))
}

/// Writes the codes of the elements times `factor`, of eight bits each.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn encode_i8(x: &[f32], factor: f32, codes: &mut [i8]) {
    let ((chunks, rest), (code_chunks, code_rest)) = (x.as_chunks::<CHUNK>(), codes.as_chunks_mut::<CHUNK>());
    for (codes, x) in code_chunks.iter_mut().zip(chunks) {
        store_i8(codes, bytes(rounded(x, factor)));
    }
    if !rest.is_empty() {
        let (mut padded, mut all) = ([0.0; CHUNK], [0; CHUNK]);
        padded[..rest.len()].copy_from_slice(rest);
        store_i8(&mut all, bytes(rounded(&padded, factor)));
        code_rest.copy_from_slice(&all[..rest.len()]);
    }
}
