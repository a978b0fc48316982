//! The AVX-512 variant.

use std::arch::x86_64::{
    __m512, _mm512_castpd_ps, _mm512_castps_pd, _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_unpackhi_pd,
    _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
};

use super::blocked::{self, Tile};
use crate::lanes::avx512::{LANES, load, load_first, store, store_first};

/// Tiles of 16 by 16: a register is a line, so that each line is read and written once.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn transpose(a: &[f32], y: &mut [f32], rows: usize, columns: usize) {
    blocked::transpose(a, y, rows, columns, LANES, |tile| {
        if (tile.rows, tile.columns) == (LANES, LANES) { whole(tile) } else { part(tile) }
    });
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn whole(mut tile: Tile<'_>) {
    let mut lanes = [_mm512_setzero_ps(); LANES];
    for (row, lanes) in lanes.iter_mut().enumerate() {
        *lanes = load(tile.from(row));
    }
    for (row, lanes) in transposed(&lanes).into_iter().enumerate() {
        store(tile.to(row), lanes);
    }
}

/// A tile of a matrix that is smaller than one.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn part(tile: Tile<'_>) {
    let Tile { a, a_stride, y, y_stride, rows, columns } = tile;
    let mut lanes = [_mm512_setzero_ps(); LANES];
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

/// Pairs, then fours, within quarters of the registers, then the quarters: four steps of sixteen shuffles.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn transposed(a: &[__m512; LANES]) -> [__m512; LANES] {
    let mut fours = [_mm512_setzero_ps(); LANES];
    for i in (0..LANES).step_by(4) {
        let low = [0, 2].map(|at| _mm512_castps_pd(_mm512_unpacklo_ps(a[i + at], a[i + at + 1])));
        let high = [0, 2].map(|at| _mm512_castps_pd(_mm512_unpackhi_ps(a[i + at], a[i + at + 1])));
        fours[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(low[0], low[1]));
        fours[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low[0], low[1]));
        fours[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high[0], high[1]));
        fours[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high[0], high[1]));
    }
    let mut whole = [_mm512_setzero_ps(); LANES];
    for i in 0..4 {
        let even_low = _mm512_shuffle_f32x4::<0b10_00_10_00>(fours[i], fours[i + 4]);
        let odd_low = _mm512_shuffle_f32x4::<0b11_01_11_01>(fours[i], fours[i + 4]);
        let even_high = _mm512_shuffle_f32x4::<0b10_00_10_00>(fours[i + 8], fours[i + 12]);
        let odd_high = _mm512_shuffle_f32x4::<0b11_01_11_01>(fours[i + 8], fours[i + 12]);
        whole[i] = _mm512_shuffle_f32x4::<0b10_00_10_00>(even_low, even_high);
        whole[i + 4] = _mm512_shuffle_f32x4::<0b10_00_10_00>(odd_low, odd_high);
        whole[i + 8] = _mm512_shuffle_f32x4::<0b11_01_11_01>(even_low, even_high);
        whole[i + 12] = _mm512_shuffle_f32x4::<0b11_01_11_01>(odd_low, odd_high);
    }
    whole
}
