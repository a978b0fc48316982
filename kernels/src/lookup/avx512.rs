//! Tables of 16 bits and sums over the rows of a tile in AVX-512 registers.
//!
//! `VPERMW` looks up thirty-two rows in a table of as many entries of 16 bits, by the lower five bits of each lane:
//! nothing has to be kept in halves, and what stands in a lane's upper bits does not matter. So the two bytes of a lane
//! give indexes for four rows, one shift apart.

use std::arch::x86_64::{__m512i, _mm512_setzero_si512};

use super::TILE;
use crate::lanes::avx512::store_i16;

/// What an index of five bits adds.
pub(crate) type Table = [i16; 32];

/// Sums in 16 bits of rows `2 * lane + [0, 64, 1, 65]`: the four indexes of a lane, lowest bits first.
pub(crate) type Narrow = [__m512i; 4];

/// The same in 32 bits.
pub(crate) type Sums = [[i32; 32]; 4];

/// No sums yet.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn zero() -> Narrow {
    [_mm512_setzero_si512(); 4]
}

/// Adds sums in 16 bits to those in 32.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn widen(sums: &mut Sums, narrow: &Narrow) {
    for (sums, &narrow) in sums.iter_mut().zip(narrow) {
        let mut lanes = [0; 32];
        store_i16(&mut lanes, narrow);
        sums.iter_mut().zip(lanes).for_each(|(sum, narrow)| *sum += i32::from(narrow));
    }
}

/// The sums in the rows' order.
#[inline]
pub(crate) fn in_order([even, even_behind, odd, odd_behind]: &Sums) -> [i32; TILE] {
    let mut rows = [0; TILE];
    let (first, behind) = rows.split_at_mut(TILE / 2);
    for (half, even, odd) in [(first, even, odd), (behind, even_behind, odd_behind)] {
        for (pair, (even, odd)) in half.as_chunks_mut::<2>().0.iter_mut().zip(even.iter().zip(odd)) {
            *pair = [*even, *odd];
        }
    }
    rows
}
