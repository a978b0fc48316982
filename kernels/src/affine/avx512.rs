//! The loops of the AVX-512 variants.

use std::arch::x86_64::{
    __m512, __m512i, _CMP_UNORD_Q, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_cvtps_epi32, _mm512_fmadd_ps,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_packs_epi32, _mm512_packus_epi16, _mm512_permutexvar_epi32,
    _mm512_reduce_max_ps, _mm512_reduce_min_ps, _mm512_set1_ps, _mm512_setr_epi32, _mm512_setzero_ps,
};

use super::{Affine, LAST_CODE, Range, by_blocks};
use crate::lanes::avx512::{LANES, load, load_first, store_u8};

/// The range of the elements. The instructions lose NaNs, so a comparison looks for them, one for two registers.
///
/// Four registers a turn and of each end: each end is four instructions of one cycle, and deep as many.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn range(a: &[f32]) -> Range {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut smallest = [_mm512_set1_ps(Range::EMPTY.smallest); 4];
    let mut largest = [_mm512_set1_ps(Range::EMPTY.largest); 4];
    let mut nans = 0;
    let mut take = |pair: usize, both: [__m512; 2]| {
        for (i, lanes) in both.into_iter().enumerate() {
            smallest[2 * pair + i] = _mm512_min_ps(lanes, smallest[2 * pair + i]);
            largest[2 * pair + i] = _mm512_max_ps(lanes, largest[2 * pair + i]);
        }
        nans |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(both[0], both[1]);
    };
    for [a, b, c, d] in turns {
        take(0, [load(a), load(b)]);
        take(1, [load(c), load(d)]);
    }
    for lanes in lanes {
        take(0, [load(lanes); 2]);
    }
    if let Some(&first) = rest.first() {
        // An element twice makes no range longer.
        take(1, [load_first(rest, first); 2]);
    }

    let [a, b, c, d] = smallest;
    let smallest = _mm512_reduce_min_ps(_mm512_min_ps(_mm512_min_ps(a, b), _mm512_min_ps(c, d)));
    let [a, b, c, d] = largest;
    let largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_max_ps(a, b), _mm512_max_ps(c, d)));
    Range::of(smallest, largest, nans != 0)
}

/// Writes the codes, and says whether all elements are finite: zero times any other is a NaN, and stays one.
///
/// Four registers become one of codes. The packing clamps below 0 and the conversion would past 255, but for what is past
/// the range of an integer, so one instruction clamps before it.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn encode(w: &[f32], affine: Affine, codes: &mut [u8]) -> bool {
    let (reciprocal, zero_point) = (_mm512_set1_ps(affine.reciprocal), _mm512_set1_ps(affine.zero_point));
    let (zero, last_code) = (_mm512_setzero_ps(), _mm512_set1_ps(LAST_CODE));
    // The packing keeps to the quarters of a register.
    let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    let mut others = [zero; 4];
    by_blocks(w, codes, |block: &[f32; 4 * LANES], codes| {
        let (registers, _) = block.as_chunks::<LANES>();
        let mut code = |i: usize| -> __m512i {
            let w = load(&registers[i]);
            others[i] = _mm512_fmadd_ps(w, zero, others[i]);
            let sum = _mm512_add_ps(_mm512_mul_ps(w, reciprocal), zero_point);
            _mm512_cvtps_epi32(_mm512_min_ps(sum, last_code))
        };
        let (left, right) = (_mm512_packs_epi32(code(0), code(1)), _mm512_packs_epi32(code(2), code(3)));
        store_u8(codes, _mm512_permutexvar_epi32(order, _mm512_packus_epi16(left, right)));
    });
    let others = _mm512_add_ps(_mm512_add_ps(others[0], others[1]), _mm512_add_ps(others[2], others[3]));
    _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(others, others) == 0
}
