//! The NEON variant.

use std::arch::aarch64::{
    int8x16_t, uint8x16_t, vaddq_u8, vandq_u8, vdupq_n_s8, vdupq_n_s16, vdupq_n_u8, vmlaq_s8, vorrq_s8, vqtbl1q_s8,
    vreinterpretq_s8_u8, vshrq_n_s8, vshrq_n_u8,
};

use super::{GROUP, NARROW_BLOCKS, blocks, table, tile_bytes};
use crate::{
    lanes::neon::{load_i8, load_u8},
    lookup::{
        BLOCK, Halves, Indexes, TILE, finish, halves,
        neon::{Narrow, add, widen},
        tiles,
    },
    ternary::Scales,
};

/// Two shuffles, one for each half of the entries, look up sixteen rows; the sign is a factor of the product that adds
/// them. A tile's rows in two goes over each block, so that their sums of bytes and their signs stay in registers.
#[target_feature(enable = "neon")]
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
            let mut narrow = [[vdupq_n_s16(0); 2]; 8];
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
#[target_feature(enable = "neon")]
fn add_block(
    mut sums: [Narrow; 8],
    block: &[Indexes; BLOCK],
    signs: &[u8; TILE],
    tables: &[Halves; BLOCK],
) -> [Narrow; 8] {
    let (signs, _) = signs.as_chunks::<16>();
    for half in 0..2 {
        // Quarters of the bytes, and so of the rows of either half of a byte.
        let quarters = [2 * half, 2 * half + 1];
        let rows = [quarters[0], quarters[1], 4 + quarters[0], 4 + quarters[1]];
        let mut low = [vdupq_n_s8(0); 4];
        let mut high = [vdupq_n_s8(0); 4];
        let mut signs =
            [load_u8(&signs[rows[0]]), load_u8(&signs[rows[1]]), load_u8(&signs[rows[2]]), load_u8(&signs[rows[3]])];
        for (indexes, table) in block.iter().zip(tables) {
            let [table_low, table_high] = [load_i8(&table[0]), load_i8(&table[1])];
            let (indexes, _) = indexes.as_chunks::<16>();
            let bytes = [load_u8(&indexes[quarters[0]]), load_u8(&indexes[quarters[1]])];
            let nibbles = [
                vandq_u8(bytes[0], vdupq_n_u8(15)),
                vandq_u8(bytes[1], vdupq_n_u8(15)),
                vshrq_n_u8::<4>(bytes[0]),
                vshrq_n_u8::<4>(bytes[1]),
            ];
            for (register, indexes) in nibbles.into_iter().enumerate() {
                let sign = factors(signs[register]);
                low[register] = vmlaq_s8(low[register], vqtbl1q_s8(table_low, indexes), sign);
                high[register] = vmlaq_s8(high[register], vqtbl1q_s8(table_high, indexes), sign);
                // The next triple's sign becomes the top bit.
                signs[register] = vaddq_u8(signs[register], signs[register]);
            }
        }
        for (register, rows) in rows.into_iter().enumerate() {
            sums[rows] = add(sums[rows], low[register], high[register]);
        }
    }
    sums
}

/// -1 where the byte's top bit is set, else 1.
#[inline]
#[target_feature(enable = "neon")]
fn factors(signs: uint8x16_t) -> int8x16_t {
    vorrq_s8(vshrq_n_s8::<7>(vreinterpretq_s8_u8(signs)), vdupq_n_s8(1))
}
