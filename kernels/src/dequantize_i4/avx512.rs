//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_mul_ps, _mm512_permutexvar_ps, _mm512_setr_ps, _mm512_srli_epi32};

use crate::{groups::avx512, lanes::avx512::widen_u8};

/// The numbers of a group are one of sixteen, which an instruction takes from a register by the four low bits of each
/// lane.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    avx512::dequantize(scales, codes, group, y, |bytes: &[u8; 16], scale| {
        let codes =
            _mm512_setr_ps(-8.0, -7.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0);
        let (table, pairs) = (_mm512_mul_ps(codes, scale), widen_u8(bytes));
        [_mm512_permutexvar_ps(pairs, table), _mm512_permutexvar_ps(_mm512_srli_epi32::<4>(pairs), table)]
    });
}
