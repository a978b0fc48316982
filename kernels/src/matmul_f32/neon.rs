//! The NEON variant.

use std::arch::aarch64::{vaddq_f32, vdupq_n_f32, vfmaq_n_f32};

use super::{Extents, blocked};
use crate::{
    lanes::neon::{LANES, load, store},
    shape::Shape,
};

const ROWS: usize = 8;
const REGISTERS: usize = 2;
const COLUMNS: usize = REGISTERS * LANES;

/// What the packed blocks take.
pub(super) fn scratch_bytes(shape: &Shape) -> usize {
    blocked::scratch_bytes::<ROWS, COLUMNS>(shape)
}

/// Tiles of 8 by 8: sixteen accumulators, what an FMA of four cycles needs where four issue a cycle, two registers of
/// `b` and two of `a` out of thirty-two.
#[target_feature(enable = "neon")]
pub(super) fn matmul(a: &[f32], b: &[f32], c: &mut [f32], extents: Extents, scratch: &mut [f32]) {
    blocked::matmul(a, b, c, extents, scratch, |a, b, c| add_tile(a, b, c));
}

#[target_feature(enable = "neon")]
fn add_tile(a: &[[f32; ROWS]], b: &[[f32; COLUMNS]], c: [&mut [f32; COLUMNS]; ROWS]) {
    let mut sums = [[vdupq_n_f32(0.0); REGISTERS]; ROWS];
    for (a, b) in a.iter().zip(b) {
        let (b, _) = b.as_chunks::<LANES>();
        let b = [load(&b[0]), load(&b[1])];
        for row in 0..ROWS {
            let a = a[row];
            for i in 0..REGISTERS {
                sums[row][i] = vfmaq_n_f32(sums[row][i], b[i], a);
            }
        }
    }
    for (c, sums) in c.into_iter().zip(sums) {
        let (c, _) = c.as_chunks_mut::<LANES>();
        for i in 0..REGISTERS {
            let total = vaddq_f32(load(&c[i]), sums[i]);
            store(&mut c[i], total);
        }
    }
}
