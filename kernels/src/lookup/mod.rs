//! Products of ternary matrices and vectors by look-up: what the formats of pairs and of triples of weights have in
//! common.
//!
//! A group is as many neighbouring weights of a row as one index names; a table has for each index what the group adds
//! to its row's sum, so that a shuffle looks up as many rows at once as a register has bytes. Hence the layout: rows in
//! tiles of 128, the last one filled up with rows that count for nothing; in a tile, group by group, an index of four
//! bits for each row, rows `p` and `p + 64` in the low and the high half of byte `p`.
//!
//! A table has sixteen entries of 16 bits, and a shuffle gives bytes. An entry is therefore kept as two bytes, each so
//! small that eight of them add up without leaving 8 bits: only then are they put together.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::ternary::Scales;

/// Rows in a tile.
pub(crate) const TILE: usize = 128;
/// Bytes of the indexes of one group of a tile.
pub(crate) const GROUP_BYTES: usize = TILE / 2;
/// Groups in a block, which are added up before they are put together: `8 * 15` is within 8 bits.
pub(crate) const BLOCK: usize = 8;

/// What each index of a group adds to its row's sum.
pub(crate) type Table = [i16; 16];
/// The same in two bytes each: `RADIX` times the second, and the first.
pub(crate) type Halves = [[i8; 16]; 2];
/// The indexes of a group, for each row of a tile.
pub(crate) type Indexes = [u8; GROUP_BYTES];

/// What the upper half of an entry counts. Odd, so that the lower half is as far from 0 on both sides, and such that no
/// half of an entry of 384 or less is past 15.
pub(crate) const RADIX: i8 = 31;

/// The table in halves.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a test holds every entry's halves to 15")]
pub(crate) fn halves(table: &Table) -> Halves {
    let mut halves = [[0; 16]; 2];
    let [low, high] = &mut halves;
    for (entry, (low, high)) in table.iter().zip(low.iter_mut().zip(high)) {
        // Divided by 31 to the nearest, as a product: near enough, since only the sum of both has to be right.
        let upper = (i32::from(*entry) * 1057 + (1 << 14)) >> 15;
        (*low, *high) = ((i32::from(*entry) - upper * i32::from(RADIX)) as i8, upper as i8);
    }
    halves
}

/// The tiles of `w`, each of so many bytes, with their rows' outputs.
#[inline]
pub(crate) fn tiles<'a>(
    w: &'a [u8],
    bytes: usize,
    y: &'a mut [f32],
) -> impl Iterator<Item = (&'a [u8], &'a mut [f32])> {
    y.chunks_mut(TILE).enumerate().map(move |(tile, y)| (&w[tile * bytes..][..bytes], y))
}

/// Bytes of a matrix of so many rows, each of so many bytes.
pub(crate) const fn matrix_bytes(rows: usize, row_bytes: usize) -> usize {
    rows.next_multiple_of(TILE) * row_bytes
}

/// Writes what becomes of the sums over a tile's rows.
#[inline]
pub(crate) fn finish(sums: &[i32; TILE], scales: Scales, y: &mut [f32]) {
    for (y, sum) in y.iter_mut().zip(sums) {
        *y = scales.apply(*sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_of_every_entry_make_it_up_and_eight_of_them_fit_a_byte() {
        for entry in -384..=384_i16 {
            let [low, high] = halves(&[entry; 16]).map(|half| i16::from(half[7]));
            assert_eq!(low + i16::from(RADIX) * high, entry);
            assert!(low.abs() <= 15 && high.abs() <= 15, "{entry}: {low}, {high}");
        }
    }
}
