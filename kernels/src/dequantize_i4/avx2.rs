//! The AVX2 variant.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_cvtepi32_ps, _mm256_mul_ps, _mm256_set1_epi32, _mm256_srli_epi32,
    _mm256_sub_epi32,
};

use crate::{groups::avx2, lanes::avx2::widen_u8};

/// Eight bytes become two registers of codes, of numbers, of products.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    avx2::dequantize(scales, codes, group, y, |bytes: &[u8; 16], scale| {
        let (eights, _) = bytes.as_chunks();
        let (left, right) = (widen_u8(eights[0]), widen_u8(eights[1]));
        let low = |pairs: __m256i| _mm256_and_si256(pairs, _mm256_set1_epi32(15));
        let high = |pairs: __m256i| _mm256_srli_epi32::<4>(pairs);
        let number = |bits: __m256i| {
            let code = _mm256_sub_epi32(bits, _mm256_set1_epi32(8));
            _mm256_mul_ps(_mm256_cvtepi32_ps(code), scale)
        };
        [number(low(left)), number(low(right)), number(high(left)), number(high(right))]
    });
}
