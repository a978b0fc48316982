//! The AVX2 variant.

use std::arch::x86_64::{
    __m256i, _mm_packs_epi32, _mm_packus_epi16, _mm256_add_epi32, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_set1_epi32, _mm256_slli_epi32,
};

use crate::{
    groups::{I2, avx2},
    lanes::avx2::store_low_half,
};

/// The four codes of a byte are put together in 32 bits.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    avx2::quantize(x, group, scales, codes, I2, |rounded, codes: &mut [u8; 8]| {
        let bytes = join(rounded);
        let words = _mm_packs_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256::<1>(bytes));
        store_low_half(codes, _mm_packus_epi16(words, words));
    });
}

/// Four codes and their offsets in each lane.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn join([a, b, c, d]: [__m256i; 4]) -> __m256i {
    let left = _mm256_add_epi32(a, _mm256_slli_epi32::<2>(b));
    let right = _mm256_add_epi32(c, _mm256_slli_epi32::<2>(d));
    let all = _mm256_add_epi32(left, _mm256_slli_epi32::<4>(right));
    _mm256_add_epi32(all, _mm256_set1_epi32(0b01_01_01_01))
}
