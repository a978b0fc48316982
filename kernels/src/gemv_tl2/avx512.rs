//! The AVX-512 variant.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi16, _mm512_permutexvar_epi16, _mm512_set1_epi8, _mm512_slli_epi16, _mm512_srli_epi16,
    _mm512_ternarylogic_epi32,
};

use super::{GROUP, NARROW_BLOCKS, blocks, table, tile_bytes};
use crate::{
    lanes::avx512::{load_i16, load_u8},
    lookup::{
        BLOCK, Indexes, TILE,
        avx512::{Narrow, Sums, Table, in_order, widen, zero},
        finish, tiles,
    },
    ternary::Scales,
};

/// One instruction looks up thirty-two rows in 16 bits, by the four bits of the index and, as a fifth, the sign: the
/// table has the entries, and behind them the same negated.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32], tables: &mut [u8]) {
    let tables: &mut [Table] = bytemuck::cast_slice_mut(tables);
    for (triple, to) in a.as_chunks::<GROUP>().0.iter().zip(&mut *tables) {
        let (positive, negative) = to.split_at_mut(16);
        positive.copy_from_slice(&table(*triple));
        negative.iter_mut().zip(positive).for_each(|(negative, positive)| *negative = -*positive);
    }
    let (tables, _) = tables.as_chunks::<BLOCK>();
    for (tile, y) in tiles(w, tile_bytes(a.len()), y) {
        let mut blocks = blocks(tile);
        let mut sums: Sums = [[0; 32]; 4];
        for tables in tables.chunks(NARROW_BLOCKS) {
            let mut narrow = zero();
            for (tables, (indexes, signs)) in tables.iter().zip(&mut blocks) {
                narrow = add_block(narrow, indexes, signs, tables);
            }
            widen(&mut sums, &narrow);
        }
        finish(&in_order(&sums), scales, y);
    }
}

/// Adds what the indexes of a block name.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn add_block(mut sums: Narrow, block: &[Indexes; BLOCK], signs: &[u8; TILE], tables: &[Table; BLOCK]) -> Narrow {
    let (signs, _) = signs.as_chunks::<64>();
    let (signs, signs_behind) = (load_u8(&signs[0]), load_u8(&signs[1]));
    for (triple, (indexes, table)) in block.iter().zip(tables).enumerate() {
        let (indexes, table) = (load_u8(indexes), load_i16(table));
        let first = with_sign(indexes, signs, triple);
        let behind = with_sign(_mm512_srli_epi16::<4>(indexes), signs_behind, triple);
        let add = |sums, indexes| _mm512_add_epi16(sums, _mm512_permutexvar_epi16(indexes, table));
        sums = [
            add(sums[0], first),
            add(sums[1], behind),
            add(sums[2], _mm512_srli_epi16::<8>(first)),
            add(sums[3], _mm512_srli_epi16::<8>(behind)),
        ];
    }
    sums
}

/// The indexes in the lower four bits of each byte, with the signs of the triple as the fifth bit, and anything above
/// it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn with_sign(indexes: __m512i, signs: __m512i, triple: usize) -> __m512i {
    /// Where the first has the bit, the second, else the third.
    const CHOOSE: i32 = 0xca;
    // Bit `7 - triple` of each byte becomes bit 4; the loop over a block's triples is unrolled, and each shift is
    // constant.
    let signs = match triple {
        0 => _mm512_srli_epi16::<3>(signs),
        1 => _mm512_srli_epi16::<2>(signs),
        2 => _mm512_srli_epi16::<1>(signs),
        3 => signs,
        4 => _mm512_slli_epi16::<1>(signs),
        5 => _mm512_slli_epi16::<2>(signs),
        6 => _mm512_slli_epi16::<3>(signs),
        _ => _mm512_slli_epi16::<4>(signs),
    };
    _mm512_ternarylogic_epi32::<CHOOSE>(_mm512_set1_epi8(15), indexes, signs)
}
