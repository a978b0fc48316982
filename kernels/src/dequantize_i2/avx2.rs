//! The AVX2 variant.

use std::arch::x86_64::{__m256i, _mm256_mul_ps, _mm256_permutevar_ps, _mm256_setr_ps, _mm256_srli_epi32};

use crate::{groups::avx2, lanes::avx2::widen_u8};

/// The numbers of a group are one of four, which an instruction takes from a register by the two low bits of each lane.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    avx2::dequantize(scales, codes, group, y, |bytes: &[u8; 8], scale| {
        let table = _mm256_mul_ps(_mm256_setr_ps(-1.0, 0.0, 1.0, 2.0, -1.0, 0.0, 1.0, 2.0), scale);
        let number = |bits: __m256i| _mm256_permutevar_ps(table, bits);
        let fours = widen_u8(*bytes);
        [
            number(fours),
            number(_mm256_srli_epi32::<2>(fours)),
            number(_mm256_srli_epi32::<4>(fours)),
            number(_mm256_srli_epi32::<6>(fours)),
        ]
    });
}
