//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_add_epi32, _mm512_set1_epi32, _mm512_slli_epi32};

use crate::{
    groups::{I4, avx512},
    lanes::avx512::store_low_bytes,
};

/// The two registers of a chunk are the two codes of each byte.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    avx512::quantize(x, group, scales, codes, I4, |[first, second], codes| {
        let pairs = _mm512_add_epi32(first, _mm512_slli_epi32::<4>(second));
        store_low_bytes(codes, _mm512_add_epi32(pairs, _mm512_set1_epi32(0x88)));
    });
}
