//! The loops of the AVX2 variants.

use std::arch::x86_64::{
    __m256, __m256i, _mm256_and_si256, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cvtsi256_si32,
    _mm256_max_epi32, _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi32,
};

use super::MAGNITUDE;
use crate::lanes::avx2::{LANES, load, load_first, store, store_first};

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
/// Eight registers of columns at a time, so that each row is read by whole lines and each output is written once.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn absmax_columns(a: &[f32], y: &mut [f32]) {
    let columns = y.len();
    let rows = || a.chunks_exact(columns.max(1));
    let (registers, rest) = y.as_chunks_mut::<LANES>();
    let (turns, ones) = registers.as_chunks_mut::<8>();
    let mut start = 0;
    for turn in turns {
        let mut most = [_mm256_setzero_si256(); 8];
        for row in rows() {
            let (lanes, _) = row[start..][..8 * LANES].as_chunks::<LANES>();
            for (most, lanes) in most.iter_mut().zip(lanes) {
                *most = larger(*most, load(lanes));
            }
        }
        for (y, most) in turn.iter_mut().zip(most) {
            store(y, _mm256_castsi256_ps(most));
        }
        start += 8 * LANES;
    }
    for y in ones {
        let mut most = _mm256_setzero_si256();
        for row in rows() {
            most = larger(most, load_first(&row[start..][..LANES], 0.0));
        }
        store(y, _mm256_castsi256_ps(most));
        start += LANES;
    }
    if !rest.is_empty() {
        let mut most = _mm256_setzero_si256();
        for row in rows() {
            most = larger(most, load_first(&row[start..], 0.0));
        }
        store_first(rest, _mm256_castsi256_ps(most));
    }
}

/// The larger magnitude of each lane; without their signs, the bits compare as integers.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn larger(most: __m256i, lanes: __m256) -> __m256i {
    let magnitudes = _mm256_and_si256(_mm256_castps_si256(lanes), _mm256_set1_epi32(MAGNITUDE.cast_signed()));
    _mm256_max_epi32(most, magnitudes)
}
