//! The loops of the AVX2 variants.

use std::arch::x86_64::{_mm256_castps_si256, _mm256_castsi256_ps, _mm256_max_epu32};

use crate::{
    lanes::{
        avx2::{LANES, load, load_all, load_first, load_rest, store, store_first},
        parts, registers,
    },
    slabs::avx2::magnitudes,
};

/// The largest magnitude in each column of rows of as many elements as there are outputs.
///
/// Four rows at a time, each a stream of its own, so that the outputs, which stay in the nearest cache, are read and
/// written a fourth as often.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn absmax_columns(a: &[f32], y: &mut [f32]) {
    y.fill(0.0);
    let columns = y.len().max(1);
    let (fours, ones) = a.split_at(a.len() / (4 * columns) * 4 * columns);
    for four in fours.chunks_exact(4 * columns) {
        let (left, right) = four.split_at(2 * columns);
        let (left, right) = (left.split_at(columns), right.split_at(columns));
        take_rows([left.0, left.1, right.0, right.1], y);
    }
    for row in ones.chunks_exact(columns) {
        take_rows([row], y);
    }
}

/// Takes the magnitudes of some rows into the largest so far.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn take_rows<const N: usize>(rows: [&[f32]; N], y: &mut [f32]) {
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let lanes = registers::<N, LANES>(rows, y_lanes.len());
    let done = LANES * y_lanes.len();
    for (i, y) in y_lanes.iter_mut().enumerate() {
        let mut most = _mm256_castps_si256(load(y));
        for lanes in load_all(lanes, i) {
            most = _mm256_max_epu32(most, magnitudes(lanes));
        }
        store(y, _mm256_castsi256_ps(most));
    }
    if !y_rest.is_empty() {
        let mut most = _mm256_castps_si256(load_first(y_rest, 0.0));
        for lanes in load_rest(parts(rows, done, y_rest.len())) {
            most = _mm256_max_epu32(most, magnitudes(lanes));
        }
        store_first(y_rest, _mm256_castsi256_ps(most));
    }
}
