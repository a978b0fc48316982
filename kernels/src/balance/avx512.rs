//! The loop of the AVX-512 variants.

use std::arch::x86_64::{
    __m512, __m512i, _mm512_and_si512, _mm512_castps_si512, _mm512_max_epi32, _mm512_reduce_max_epi32,
    _mm512_set1_epi32, _mm512_setzero_si512,
};

use super::MAGNITUDE;
use crate::lanes::avx512::{LANES, load, load_first};

/// The largest magnitude; 0 of no elements.
///
/// Four registers a turn: of the two instructions for each, of one cycle, four issue a cycle at best.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn absmax(a: &[f32]) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut most = [_mm512_setzero_si512(); 4];
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
    let lanes = _mm512_max_epi32(_mm512_max_epi32(most[0], most[1]), _mm512_max_epi32(most[2], most[3]));
    f32::from_bits(_mm512_reduce_max_epi32(lanes).cast_unsigned())
}

/// The larger magnitude of each lane; without their signs, the bits compare as integers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn larger(most: __m512i, lanes: __m512) -> __m512i {
    let magnitudes = _mm512_and_si512(_mm512_castps_si512(lanes), _mm512_set1_epi32(MAGNITUDE.cast_signed()));
    _mm512_max_epi32(most, magnitudes)
}
