//! The NEON variant.

use std::arch::aarch64::{
    float32x4_t, vdupq_n_f32, vreinterpretq_f32_f64, vreinterpretq_f64_f32, vtrn1q_f32, vtrn1q_f64, vtrn2q_f32,
    vtrn2q_f64,
};

use super::blocked::{self, Tile};
use crate::lanes::neon::{LANES, load, load_first, store, store_first};

/// Tiles of 4 by 4, a quarter of a line.
#[target_feature(enable = "neon")]
pub(super) fn transpose(a: &[f32], y: &mut [f32], rows: usize, columns: usize) {
    blocked::transpose(a, y, rows, columns, LANES, |tile| {
        if (tile.rows, tile.columns) == (LANES, LANES) { whole(tile) } else { part(tile) }
    });
}

#[target_feature(enable = "neon")]
fn whole(mut tile: Tile<'_>) {
    let mut lanes = [vdupq_n_f32(0.0); LANES];
    for (row, lanes) in lanes.iter_mut().enumerate() {
        *lanes = load(tile.from(row));
    }
    for (row, lanes) in transposed(&lanes).into_iter().enumerate() {
        store(tile.to(row), lanes);
    }
}

/// A tile of a matrix that is smaller than one.
#[target_feature(enable = "neon")]
fn part(tile: Tile<'_>) {
    let Tile { a, a_stride, y, y_stride, rows, columns } = tile;
    let mut lanes = [vdupq_n_f32(0.0); LANES];
    for row in 0..LANES {
        if row < rows {
            lanes[row] = load_first(&a[row * a_stride..][..columns], 0.0);
        }
    }
    let lanes = transposed(&lanes);
    for row in 0..LANES {
        if row < columns {
            store_first(&mut y[row * y_stride..][..rows], lanes[row]);
        }
    }
}

/// Pairs of elements, then pairs of pairs.
#[inline]
#[target_feature(enable = "neon")]
fn transposed(a: &[float32x4_t; LANES]) -> [float32x4_t; LANES] {
    let even = [0, 2].map(|at| vreinterpretq_f64_f32(vtrn1q_f32(a[at], a[at + 1])));
    let odd = [0, 2].map(|at| vreinterpretq_f64_f32(vtrn2q_f32(a[at], a[at + 1])));
    [
        vreinterpretq_f32_f64(vtrn1q_f64(even[0], even[1])),
        vreinterpretq_f32_f64(vtrn1q_f64(odd[0], odd[1])),
        vreinterpretq_f32_f64(vtrn2q_f64(even[0], even[1])),
        vreinterpretq_f32_f64(vtrn2q_f64(odd[0], odd[1])),
    ]
}
