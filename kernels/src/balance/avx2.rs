//! The loops of the AVX2 variants.

use std::arch::x86_64::{
    __m256, __m256i, _mm256_and_si256, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cvtsi256_si32,
    _mm256_max_epi32, _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi32,
};

use super::MAGNITUDE;
use crate::lanes::{
    avx2::{LANES, load, load_all, load_first, load_rest, store, store_first},
    parts, registers,
};

/// The largest magnitude; 0 of no elements.
///
/// Four registers a turn: of the two instructions for each, of one cycle, four issue a cycle at best.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn absmax(a: &[f32]) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut most = [_mm256_setzero_si256(); 4];
    for turn in turns {
        for (most, lanes) in most.iter_mut().zip(turn) {
            *most = larger(*most, load(lanes));
        }
    }
    for (most, lanes) in most.iter_mut().zip(lanes) {
        *most = larger(*most, load(lanes));
    }
    if !rest.is_empty() {
        most[3] = larger(most[3], load_first(rest, 0.0));
    }
    let lanes = _mm256_max_epi32(_mm256_max_epi32(most[0], most[1]), _mm256_max_epi32(most[2], most[3]));
    let lanes = _mm256_max_epi32(lanes, _mm256_permute2x128_si256::<1>(lanes, lanes));
    let lanes = _mm256_max_epi32(lanes, _mm256_shuffle_epi32::<0b01_00_11_10>(lanes));
    let lanes = _mm256_max_epi32(lanes, _mm256_shuffle_epi32::<0b10_11_00_01>(lanes));
    f32::from_bits(_mm256_cvtsi256_si32(lanes).cast_unsigned())
}

/// The largest magnitude in each column of rows of as many elements as there are outputs.
///
/// Four rows at a time, each a stream of its own, so that the outputs, which stay in the nearest cache, are read and written a
/// fourth as often.
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
            most = larger(most, lanes);
        }
        store(y, _mm256_castsi256_ps(most));
    }
    if !y_rest.is_empty() {
        let mut most = _mm256_castps_si256(load_first(y_rest, 0.0));
        for lanes in load_rest(parts(rows, done, y_rest.len())) {
            most = larger(most, lanes);
        }
        store_first(y_rest, _mm256_castsi256_ps(most));
    }
}

/// The larger magnitude of each lane; without their signs, the bits compare as integers.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn larger(most: __m256i, lanes: __m256) -> __m256i {
    let magnitudes = _mm256_and_si256(_mm256_castps_si256(lanes), _mm256_set1_epi32(MAGNITUDE.cast_signed()));
    _mm256_max_epi32(most, magnitudes)
}
