//! The AVX2 variant.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_sign_epi8, _mm256_srli_epi16,
};

use super::{GROUP, NARROW_BLOCKS, blocks, table, tile_bytes};
use crate::{
    lanes::avx2::{load_i8_twice, load_u8},
    lookup::{
        BLOCK, Halves, Indexes, TILE,
        avx2::{Narrow, add, widen},
        finish, halves, tiles,
    },
    ternary::Scales,
};

/// Two shuffles, one for each half of the entries, look up thirty-two rows, and each half takes its sign in an
/// instruction more. A tile's rows in two goes over each block, so that their sums of bytes and their signs stay in
/// registers.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32], tables: &mut [u8]) {
    let tables: &mut [Halves] = bytemuck::cast_slice_mut(tables);
    for (triple, to) in a.as_chunks::<GROUP>().0.iter().zip(&mut *tables) {
        *to = halves(&table(*triple));
    }
    let (tables, _) = tables.as_chunks::<BLOCK>();
    for (tile, y) in tiles(w, tile_bytes(a.len()), y) {
        let mut blocks = blocks(tile);
        let mut sums = [0; TILE];
        for tables in tables.chunks(NARROW_BLOCKS) {
            let mut narrow = [[_mm256_setzero_si256(); 2]; 4];
            for (tables, (indexes, signs)) in tables.iter().zip(&mut blocks) {
                narrow = add_block(narrow, indexes, signs, tables);
            }
            widen(&mut sums, &narrow);
        }
        finish(&sums, scales, y);
    }
}

/// Adds what the indexes of a block name.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add_block(
    mut sums: [Narrow; 4],
    block: &[Indexes; BLOCK],
    signs: &[u8; TILE],
    tables: &[Halves; BLOCK],
) -> [Narrow; 4] {
    let (signs, _) = signs.as_chunks::<32>();
    for half in 0..2 {
        let mut low = [_mm256_setzero_si256(); 2];
        let mut high = [_mm256_setzero_si256(); 2];
        let mut signs = [load_u8(&signs[half]), load_u8(&signs[2 + half])];
        for (indexes, table) in block.iter().zip(tables) {
            let [table_low, table_high] = [load_i8_twice(&table[0]), load_i8_twice(&table[1])];
            let bytes = load_u8(&indexes.as_chunks::<32>().0[half]);
            let nibbles = |shifted| _mm256_and_si256(shifted, _mm256_set1_epi8(15));
            for (rows, indexes) in [nibbles(bytes), nibbles(_mm256_srli_epi16::<4>(bytes))].into_iter().enumerate() {
                let sign = signs[rows];
                low[rows] = _mm256_add_epi8(low[rows], under(sign, _mm256_shuffle_epi8(table_low, indexes)));
                high[rows] = _mm256_add_epi8(high[rows], under(sign, _mm256_shuffle_epi8(table_high, indexes)));
                // The next triple's sign becomes the top bit.
                signs[rows] = _mm256_add_epi8(sign, sign);
            }
        }
        sums[half] = add(sums[half], low[0], high[0]);
        sums[2 + half] = add(sums[2 + half], low[1], high[1]);
    }
    sums
}

/// The entries, negated where the byte's top bit is set.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn under(signs: __m256i, entries: __m256i) -> __m256i {
    // A byte of 0 would make the entry 0.
    _mm256_sign_epi8(entries, _mm256_or_si256(signs, _mm256_set1_epi8(1)))
}
