//! The AVX-512 variant.

use std::arch::x86_64::{
    __m512i, _mm512_broadcast_i32x8, _mm512_mul_ps, _mm512_permutevar_ps, _mm512_setr_epi32, _mm512_setr4_ps,
    _mm512_srlv_epi32,
};

use crate::{groups::avx512, lanes::avx2::widen_u8};

/// The numbers of a group are one of four, which an instruction takes from a register by the two low bits of each lane.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    let first = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2);
    let second = _mm512_setr_epi32(4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 6, 6);
    avx512::dequantize(scales, codes, group, y, |bytes: &[u8; 8], scale| {
        let table = _mm512_mul_ps(_mm512_setr4_ps(-1.0, 0.0, 1.0, 2.0), scale);
        let fours = _mm512_broadcast_i32x8(widen_u8(*bytes));
        let number = |shifts: __m512i| _mm512_permutevar_ps(table, _mm512_srlv_epi32(fours, shifts));
        [number(first), number(second)]
    });
}
