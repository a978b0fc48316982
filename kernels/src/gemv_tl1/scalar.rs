//! The scalar variant.

use super::{GROUP, table, tile_bytes};
use crate::{
    lookup::{GROUP_BYTES, TILE, Table, finish, scalar, tiles},
    ternary::Scales,
};

/// Byte by byte of the weights, two look-ups each.
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32], tables: &mut [u8]) {
    let tables: &mut [Table] = bytemuck::cast_slice_mut(tables);
    for (pair, to) in a.as_chunks::<GROUP>().0.iter().zip(&mut *tables) {
        *to = table(*pair);
    }
    for (tile, y) in tiles(w, tile_bytes(a.len()), y) {
        let mut sums = [0; TILE];
        for (indexes, table) in tile.as_chunks::<GROUP_BYTES>().0.iter().zip(&*tables) {
            scalar::add(&mut sums, indexes, table);
        }
        finish(&sums, scales, y);
    }
}
