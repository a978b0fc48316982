//! Sums over the rows of a tile in NEON registers.

use std::arch::aarch64::{
    int8x16_t, int16x8_t, vaddw_high_s8, vaddw_s8, vdup_n_s8, vdupq_n_s8, vget_low_s8, vmlal_high_s8, vmlal_s8,
};

use super::{RADIX, TILE};
use crate::lanes::neon::store_i16;

/// Of sixteen rows in 16 bits.
pub(crate) type Narrow = [int16x8_t; 2];

/// Adds entries to the sums of sixteen rows, of which there are the two halves.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn add(sums: Narrow, low: int8x16_t, high: int8x16_t) -> Narrow {
    [
        vmlal_s8(vaddw_s8(sums[0], vget_low_s8(low)), vget_low_s8(high), vdup_n_s8(RADIX)),
        vmlal_high_s8(vaddw_high_s8(sums[1], low), high, vdupq_n_s8(RADIX)),
    ]
}

/// Adds sums in 16 bits to those in 32.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn widen(sums: &mut [i32; TILE], narrow: &[Narrow; 8]) {
    let (sums, _) = sums.as_chunks_mut::<8>();
    for (sums, &narrow) in sums.iter_mut().zip(narrow.as_flattened()) {
        let mut lanes = [0; 8];
        store_i16(&mut lanes, narrow);
        sums.iter_mut().zip(lanes).for_each(|(sum, narrow)| *sum += i32::from(narrow));
    }
}
