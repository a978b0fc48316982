//! The AVX2 variant.

use std::arch::x86_64::{_mm256_cvtepi32_ps, _mm256_mul_ps};

use crate::{groups::avx2, lanes::avx2::widen_i8};

/// Eight bytes become a register of integers, of numbers, of products.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    avx2::dequantize(scales, codes, group, y, |bytes: &[u8; 32], scale| {
        let (eights, _) = bytes.as_chunks();
        let number = |i: usize| _mm256_mul_ps(_mm256_cvtepi32_ps(widen_i8(eights[i])), scale);
        [number(0), number(1), number(2), number(3)]
    });
}
