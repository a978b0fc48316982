//! The AVX2 variant.

use std::arch::x86_64::{
    _mm256_add_epi8, _mm256_and_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
};

use super::{GROUP, NARROW_BLOCKS, table, tile_bytes};
use crate::{
    lanes::avx2::{load_i8_twice, load_u8},
    lookup::{
        BLOCK, GROUP_BYTES, Halves, Indexes, TILE,
        avx2::{Narrow, add, widen},
        finish, halves, tiles,
    },
    ternary::Scales,
};

/// Two shuffles, one for each half of the entries, look up thirty-two rows. A table, loaded once, serves the four
/// registers of rows of a tile, whose sums of bytes stay in registers over a block.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32], tables: &mut [u8]) {
    let tables: &mut [Halves] = bytemuck::cast_slice_mut(tables);
    for (pair, to) in a.as_chunks::<GROUP>().0.iter().zip(&mut *tables) {
        *to = halves(&table(*pair));
    }
    let (tables, _) = tables.as_chunks::<BLOCK>();
    for (tile, y) in tiles(w, tile_bytes(a.len()), y) {
        let (blocks, _) = tile.as_chunks::<GROUP_BYTES>().0.as_chunks::<BLOCK>();
        let mut sums = [0; TILE];
        for (blocks, tables) in blocks.chunks(NARROW_BLOCKS).zip(tables.chunks(NARROW_BLOCKS)) {
            let mut narrow = [[_mm256_setzero_si256(); 2]; 4];
            for (block, tables) in blocks.iter().zip(tables) {
                narrow = add_block(narrow, block, tables);
            }
            widen(&mut sums, &narrow);
        }
        finish(&sums, scales, y);
    }
}

/// Adds what the indexes of a block name.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add_block(mut sums: [Narrow; 4], block: &[Indexes; BLOCK], tables: &[Halves; BLOCK]) -> [Narrow; 4] {
    let mut low = [_mm256_setzero_si256(); 4];
    let mut high = [_mm256_setzero_si256(); 4];
    for (indexes, table) in block.iter().zip(tables) {
        let [table_low, table_high] = [load_i8_twice(&table[0]), load_i8_twice(&table[1])];
        for (half, indexes) in indexes.as_chunks::<32>().0.iter().enumerate() {
            let indexes = load_u8(indexes);
            let first = _mm256_and_si256(indexes, _mm256_set1_epi8(15));
            let second = _mm256_and_si256(_mm256_srli_epi16::<4>(indexes), _mm256_set1_epi8(15));
            low[half] = _mm256_add_epi8(low[half], _mm256_shuffle_epi8(table_low, first));
            high[half] = _mm256_add_epi8(high[half], _mm256_shuffle_epi8(table_high, first));
            low[2 + half] = _mm256_add_epi8(low[2 + half], _mm256_shuffle_epi8(table_low, second));
            high[2 + half] = _mm256_add_epi8(high[2 + half], _mm256_shuffle_epi8(table_high, second));
        }
    }
    for (sums, (low, high)) in sums.iter_mut().zip(low.into_iter().zip(high)) {
        *sums = add(*sums, low, high);
    }
    sums
}
