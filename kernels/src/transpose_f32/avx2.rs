//! The AVX2 variant.

use std::arch::x86_64::{
    __m256, _mm256_permute2f128_ps, _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

use super::blocked::{self, Tile};
use crate::lanes::avx2::{LANES, load, load_first, store, store_first};

/// Tiles of 8 by 8, half a line: eight registers in and eight out are all there are.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn transpose(a: &[f32], y: &mut [f32], rows: usize, columns: usize) {
    blocked::transpose(a, y, rows, columns, LANES, |tile| {
        if (tile.rows, tile.columns) == (LANES, LANES) { whole(tile) } else { part(tile) }
    });
}

#[target_feature(enable = "avx2,fma,f16c")]
fn whole(mut tile: Tile<'_>) {
    let mut lanes = [_mm256_setzero_ps(); LANES];
    for (row, lanes) in lanes.iter_mut().enumerate() {
        *lanes = load(tile.from(row));
    }
    for (row, lanes) in transposed(&lanes).into_iter().enumerate() {
        store(tile.to(row), lanes);
    }
}

/// A tile of a matrix that is smaller than one.
#[target_feature(enable = "avx2,fma,f16c")]
fn part(tile: Tile<'_>) {
    let Tile { a, a_stride, y, y_stride, rows, columns } = tile;
    let mut lanes = [_mm256_setzero_ps(); LANES];
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

/// Pairs, then fours, within halves of the registers, then the halves: three steps of eight shuffles.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn transposed(a: &[__m256; LANES]) -> [__m256; LANES] {
    let mut fours = [_mm256_setzero_ps(); LANES];
    for i in [0, 4] {
        let low = [0, 2].map(|at| _mm256_unpacklo_ps(a[i + at], a[i + at + 1]));
        let high = [0, 2].map(|at| _mm256_unpackhi_ps(a[i + at], a[i + at + 1]));
        fours[i] = _mm256_shuffle_ps::<0b01_00_01_00>(low[0], low[1]);
        fours[i + 1] = _mm256_shuffle_ps::<0b11_10_11_10>(low[0], low[1]);
        fours[i + 2] = _mm256_shuffle_ps::<0b01_00_01_00>(high[0], high[1]);
        fours[i + 3] = _mm256_shuffle_ps::<0b11_10_11_10>(high[0], high[1]);
    }
    let mut whole = [_mm256_setzero_ps(); LANES];
    for i in 0..4 {
        whole[i] = _mm256_permute2f128_ps::<0x20>(fours[i], fours[i + 4]);
        whole[i + 4] = _mm256_permute2f128_ps::<0x31>(fours[i], fours[i + 4]);
    }
    whole
}
