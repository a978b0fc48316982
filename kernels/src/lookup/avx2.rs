//! Sums over the rows of a tile in AVX2 registers.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi16, _mm256_maddubs_epi16, _mm256_permute2x128_si256, _mm256_set1_epi16,
    _mm256_unpackhi_epi8, _mm256_unpacklo_epi8,
};

use super::{RADIX, TILE};
use crate::lanes::avx2::store_i16;

/// Of thirty-two rows in 16 bits; of each sixteen the first eight in the first register, the others in the second.
pub(crate) type Narrow = [__m256i; 2];

/// Adds entries to the sums of thirty-two rows, of which there are the two halves: one instruction puts neighbours
/// together.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn add(sums: Narrow, low: __m256i, high: __m256i) -> Narrow {
    let factors = _mm256_set1_epi16(i16::from_le_bytes([1, RADIX.cast_unsigned()]));
    [
        _mm256_add_epi16(sums[0], _mm256_maddubs_epi16(factors, _mm256_unpacklo_epi8(low, high))),
        _mm256_add_epi16(sums[1], _mm256_maddubs_epi16(factors, _mm256_unpackhi_epi8(low, high))),
    ]
}

/// Adds sums in 16 bits to those in 32.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn widen(sums: &mut [i32; TILE], narrow: &[Narrow; 4]) {
    let (sums, _) = sums.as_chunks_mut::<32>();
    for (sums, &[first, second]) in sums.iter_mut().zip(narrow) {
        let mut in_order = [[0; 16]; 2];
        store_i16(&mut in_order[0], _mm256_permute2x128_si256::<0x20>(first, second));
        store_i16(&mut in_order[1], _mm256_permute2x128_si256::<0x31>(first, second));
        sums.iter_mut().zip(in_order.as_flattened()).for_each(|(sum, narrow)| *sum += i32::from(*narrow));
    }
}
