//! The AVX-512 variant.

use std::arch::x86_64::{
    _mm256_add_epi32, _mm256_cvtepi32_epi8, _mm256_set1_epi32, _mm256_slli_epi32, _mm512_add_epi32,
    _mm512_castsi512_si256, _mm512_extracti64x4_epi64, _mm512_slli_epi32,
};

use crate::{
    groups::{I2, avx512},
    lanes::avx2::store_low_half,
};

/// The first register of a chunk holds the first two codes of each byte, the second one the other two.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    avx512::quantize(x, group, scales, codes, I2, |[first, second], codes| {
        let pairs = _mm512_add_epi32(first, _mm512_slli_epi32::<4>(second));
        let (even, odd) = (_mm512_castsi512_si256(pairs), _mm512_extracti64x4_epi64::<1>(pairs));
        let fours = _mm256_add_epi32(even, _mm256_slli_epi32::<2>(odd));
        store_low_half(codes, _mm256_cvtepi32_epi8(_mm256_add_epi32(fours, _mm256_set1_epi32(0b01_01_01_01))));
    });
}
