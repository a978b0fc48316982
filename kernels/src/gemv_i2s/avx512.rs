//! The AVX-512 variant.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_dpbusd_epi32, _mm256_set1_epi8, _mm256_setzero_si256,
    _mm256_srli_epi16,
};

use super::{BLOCK, BLOCK_BYTES, Scales, rows, surplus};
use crate::lanes::avx2::{load_i8, load_u8, sum_i32};

/// `VPDPBUSD` multiplies, adds fours and accumulates in 32 bits, all in one, four to five cycles deep: eight chains,
/// four a block. In registers of 256 bits, as a block has 32 bytes; two blocks in one of 512 would need their
/// activations put together first, which costs more than it saves.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let (a_blocks, _) = a.as_chunks::<BLOCK>();
    let (a_pairs, a_last) = a_blocks.as_chunks::<2>();
    let surplus = surplus(a);
    for (row, y) in rows(w, a.len(), y) {
        let (pairs, last) = row.as_chunks::<2>();
        let mut even = [_mm256_setzero_si256(); 4];
        let mut odd = [_mm256_setzero_si256(); 4];
        for (w, a) in pairs.iter().zip(a_pairs) {
            even = add_dot(even, &w[0], &a[0]);
            odd = add_dot(odd, &w[1], &a[1]);
        }
        for (w, a) in last.iter().zip(a_last) {
            even = add_dot(even, w, a);
        }
        let even = _mm256_add_epi32(_mm256_add_epi32(even[0], even[1]), _mm256_add_epi32(even[2], even[3]));
        let odd = _mm256_add_epi32(_mm256_add_epi32(odd[0], odd[1]), _mm256_add_epi32(odd[2], odd[3]));
        *y = scales.apply(sum_i32(_mm256_add_epi32(even, odd)) - surplus);
    }
}

/// Adds the dot product of the codes of a block and its activations.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn add_dot(sums: [__m256i; 4], w: &[u8; BLOCK_BYTES], a: &[i8; BLOCK]) -> [__m256i; 4] {
    let (a, _) = a.as_chunks::<BLOCK_BYTES>();
    let codes = |shifted| _mm256_and_si256(shifted, _mm256_set1_epi8(3));
    let w = load_u8(w);
    [
        _mm256_dpbusd_epi32(sums[0], codes(_mm256_srli_epi16::<6>(w)), load_i8(&a[0])),
        _mm256_dpbusd_epi32(sums[1], codes(_mm256_srli_epi16::<4>(w)), load_i8(&a[1])),
        _mm256_dpbusd_epi32(sums[2], codes(_mm256_srli_epi16::<2>(w)), load_i8(&a[2])),
        _mm256_dpbusd_epi32(sums[3], codes(w), load_i8(&a[3])),
    ]
}
