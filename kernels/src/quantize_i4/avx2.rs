//! The AVX2 variant.

use std::arch::x86_64::{
    __m128i, __m256i, _mm_unpacklo_epi32, _mm256_add_epi16, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_packs_epi32, _mm256_packus_epi16, _mm256_set1_epi16, _mm256_slli_epi16,
};

use crate::{
    groups::{I4, avx2},
    lanes::avx2::store_half_u8,
};

/// The two codes of a byte are put together in 16 bits.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    avx2::quantize(x, group, scales, codes, I4, |rounded, codes| store_half_u8(codes, pack(rounded)));
}

/// Each number of 16 bits is two codes and their offsets, 0x11 to 0xff.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn pack([a, b, c, d]: [__m256i; 4]) -> __m128i {
    let (first, second) = (_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    let pairs = _mm256_add_epi16(first, _mm256_slli_epi16::<4>(second));
    let pairs = _mm256_add_epi16(pairs, _mm256_set1_epi16(0x88));
    // The packing instructions leave fours of each half beside each other.
    let fours = _mm256_packus_epi16(pairs, pairs);
    _mm_unpacklo_epi32(_mm256_castsi256_si128(fours), _mm256_extracti128_si256::<1>(fours))
}
