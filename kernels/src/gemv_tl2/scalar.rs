//! The scalar variant.

use super::{GROUP, blocks, table, tile_bytes};
use crate::{
    lookup::{BLOCK, TILE, finish, tiles},
    ternary::Scales,
};

/// What each index adds to the sum, and behind that the same with a sign.
type Table = [i16; 32];

/// Byte by byte of the weights, two look-ups each, the sign in front of the index.
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32], tables: &mut [u8]) {
    let tables: &mut [Table] = bytemuck::cast_slice_mut(tables);
    for (triple, to) in a.as_chunks::<GROUP>().0.iter().zip(&mut *tables) {
        let (positive, negative) = to.split_at_mut(16);
        positive.copy_from_slice(&table(*triple));
        negative.iter_mut().zip(positive).for_each(|(negative, positive)| *negative = -*positive);
    }
    let (tables, _) = tables.as_chunks::<BLOCK>();
    for (tile, y) in tiles(w, tile_bytes(a.len()), y) {
        let mut sums = [0; TILE];
        for ((indexes, signs), tables) in blocks(tile).zip(tables) {
            let mut signs = *signs;
            for (indexes, table) in indexes.iter().zip(tables) {
                let (low_sums, high_sums) = sums.split_at_mut(TILE / 2);
                let (low_signs, high_signs) = signs.split_at_mut(TILE / 2);
                let low = low_sums.iter_mut().zip(low_signs);
                let high = high_sums.iter_mut().zip(high_signs);
                for (byte, (low, high)) in indexes.iter().zip(low.zip(high)) {
                    add(low, byte & 15, table);
                    add(high, byte >> 4, table);
                }
            }
        }
        finish(&sums, scales, y);
    }
}

/// Adds what the index means under the next of its row's signs.
#[inline]
fn add((sum, signs): (&mut i32, &mut u8), index: u8, table: &Table) {
    *sum += i32::from(table[usize::from(index | (*signs & 0x80) >> 3)]);
    *signs <<= 1;
}
