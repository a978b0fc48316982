//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_cvtepi32_ps, _mm512_mul_ps};

use crate::{groups::avx512, lanes::avx512::widen_i8};

/// Sixteen bytes become a register of integers, of numbers, of products.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    avx512::dequantize(scales, codes, group, y, |bytes: &[u8; 32], scale| {
        let (halves, _) = bytes.as_chunks();
        let number = |i: usize| _mm512_mul_ps(_mm512_cvtepi32_ps(widen_i8(&halves[i])), scale);
        [number(0), number(1)]
    });
}
