//! The NEON variant.

use std::arch::aarch64::{vaddq_s8, vandq_u8, vdupq_n_s8, vdupq_n_s16, vdupq_n_u8, vqtbl1q_s8, vshrq_n_u8};

use super::{GROUP, NARROW_BLOCKS, table, tile_bytes};
use crate::{
    lanes::neon::{load_i8, load_u8},
    lookup::{
        BLOCK, GROUP_BYTES, Halves, Indexes, TILE, finish, halves,
        neon::{Narrow, add, widen},
        tiles,
    },
    ternary::Scales,
};

/// Two shuffles, one for each half of the entries, look up sixteen rows. A table, loaded once, serves the eight
/// registers of rows of a tile, whose sums of bytes fill sixteen of the thirty-two registers over a block.
#[target_feature(enable = "neon")]
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
            let mut narrow = [[vdupq_n_s16(0); 2]; 8];
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
#[target_feature(enable = "neon")]
fn add_block(mut sums: [Narrow; 8], block: &[Indexes; BLOCK], tables: &[Halves; BLOCK]) -> [Narrow; 8] {
    let mut low = [vdupq_n_s8(0); 8];
    let mut high = [vdupq_n_s8(0); 8];
    for (indexes, table) in block.iter().zip(tables) {
        let [table_low, table_high] = [load_i8(&table[0]), load_i8(&table[1])];
        for (quarter, indexes) in indexes.as_chunks::<16>().0.iter().enumerate() {
            let indexes = load_u8(indexes);
            let first = vandq_u8(indexes, vdupq_n_u8(15));
            let second = vshrq_n_u8::<4>(indexes);
            low[quarter] = vaddq_s8(low[quarter], vqtbl1q_s8(table_low, first));
            high[quarter] = vaddq_s8(high[quarter], vqtbl1q_s8(table_high, first));
            low[4 + quarter] = vaddq_s8(low[4 + quarter], vqtbl1q_s8(table_low, second));
            high[4 + quarter] = vaddq_s8(high[4 + quarter], vqtbl1q_s8(table_high, second));
        }
    }
    for (sums, (low, high)) in sums.iter_mut().zip(low.into_iter().zip(high)) {
        *sums = add(*sums, low, high);
    }
    sums
}
