//! The AVX-512 variant.

use std::arch::x86_64::{__m512i, _mm512_add_epi16, _mm512_permutexvar_epi16, _mm512_srli_epi16};

use super::{GROUP, NARROW_BLOCKS, table, tile_bytes};
use crate::{
    lanes::avx512::{load_i16, load_u8},
    lookup::{
        BLOCK, GROUP_BYTES, Indexes,
        avx512::{Narrow, Sums, Table, in_order, widen, zero},
        finish, tiles,
    },
    ternary::Scales,
};

/// One instruction looks up thirty-two rows in 16 bits, by five bits of which the fifth is of the next index: the table
/// stands twice, so that it does not matter.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32], tables: &mut [u8]) {
    let tables: &mut [Table] = bytemuck::cast_slice_mut(tables);
    for (pair, to) in a.as_chunks::<GROUP>().0.iter().zip(&mut *tables) {
        to.as_chunks_mut().0.fill(table(*pair));
    }
    for (tile, y) in tiles(w, tile_bytes(a.len()), y) {
        let (indexes, _) = tile.as_chunks::<GROUP_BYTES>();
        let mut sums: Sums = [[0; 32]; 4];
        for (indexes, tables) in indexes.chunks(NARROW_BLOCKS * BLOCK).zip(tables.chunks(NARROW_BLOCKS * BLOCK)) {
            let mut narrow = zero();
            for (indexes, table) in indexes.iter().zip(tables) {
                narrow = add_group(narrow, indexes, load_i16(table));
            }
            widen(&mut sums, &narrow);
        }
        finish(&in_order(&sums), scales, y);
    }
}

/// Adds what the indexes of a pair name.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn add_group(sums: Narrow, indexes: &Indexes, table: __m512i) -> Narrow {
    let indexes = load_u8(indexes);
    let add = |sums, indexes| _mm512_add_epi16(sums, _mm512_permutexvar_epi16(indexes, table));
    [
        add(sums[0], indexes),
        add(sums[1], _mm512_srli_epi16::<4>(indexes)),
        add(sums[2], _mm512_srli_epi16::<8>(indexes)),
        add(sums[3], _mm512_srli_epi16::<12>(indexes)),
    ]
}
