//! The loops of the AVX2 variants.

use std::arch::x86_64::{
    __m256, __m256i, _CMP_UNORD_Q, _mm256_add_ps, _mm256_cmp_ps, _mm256_cvtps_epi32, _mm256_cvtss_f32, _mm256_fmadd_ps,
    _mm256_max_ps, _mm256_min_ps, _mm256_movemask_ps, _mm256_mul_ps, _mm256_or_ps, _mm256_packs_epi32,
    _mm256_packus_epi16, _mm256_permute_ps, _mm256_permute2f128_ps, _mm256_permutevar8x32_epi32, _mm256_set1_ps,
    _mm256_setr_epi32, _mm256_setzero_ps,
};

use super::{Affine, LAST_CODE, Range, by_blocks};
use crate::lanes::avx2::{LANES, load, load_first, store_u8};

/// The range of the elements. The instructions lose NaNs, so a comparison looks for them, one for two registers.
///
/// Four registers a turn and of each end: each end is four instructions of one cycle, and deep as many.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn range(a: &[f32]) -> Range {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut smallest = [_mm256_set1_ps(Range::EMPTY.smallest); 4];
    let mut largest = [_mm256_set1_ps(Range::EMPTY.largest); 4];
    let mut nans = [_mm256_setzero_ps(); 2];
    let mut take = |pair: usize, both: [__m256; 2]| {
        for (i, lanes) in both.into_iter().enumerate() {
            smallest[2 * pair + i] = _mm256_min_ps(lanes, smallest[2 * pair + i]);
            largest[2 * pair + i] = _mm256_max_ps(lanes, largest[2 * pair + i]);
        }
        nans[pair] = _mm256_or_ps(nans[pair], _mm256_cmp_ps::<_CMP_UNORD_Q>(both[0], both[1]));
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

    let smallest = fold(smallest, |a, b| _mm256_min_ps(a, b));
    let largest = fold(largest, |a, b| _mm256_max_ps(a, b));
    Range::of(smallest, largest, _mm256_movemask_ps(_mm256_or_ps(nans[0], nans[1])) != 0)
}

/// One of all lanes.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn fold([a, b, c, d]: [__m256; 4], best: impl Fn(__m256, __m256) -> __m256) -> f32 {
    let lanes = best(best(a, b), best(c, d));
    let lanes = best(lanes, _mm256_permute2f128_ps::<1>(lanes, lanes));
    let lanes = best(lanes, _mm256_permute_ps::<0b01_00_11_10>(lanes));
    let lanes = best(lanes, _mm256_permute_ps::<0b10_11_00_01>(lanes));
    _mm256_cvtss_f32(lanes)
}

/// Writes the codes, and says whether all elements are finite: zero times any other is a NaN, and stays one.
///
/// Four registers become one of codes. The packing clamps below 0 and the conversion would past 255, but for what is past
/// the range of an integer, so one instruction clamps before it.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn encode(w: &[f32], affine: Affine, codes: &mut [u8]) -> bool {
    let (reciprocal, zero_point) = (_mm256_set1_ps(affine.reciprocal), _mm256_set1_ps(affine.zero_point));
    let (zero, last_code) = (_mm256_setzero_ps(), _mm256_set1_ps(LAST_CODE));
    // The packing keeps to the halves of a register.
    let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    let mut others = [zero; 4];
    by_blocks(w, codes, |block: &[f32; 4 * LANES], codes| {
        let (registers, _) = block.as_chunks::<LANES>();
        let mut code = |i: usize| -> __m256i {
            let w = load(&registers[i]);
            others[i] = _mm256_fmadd_ps(w, zero, others[i]);
            let sum = _mm256_add_ps(_mm256_mul_ps(w, reciprocal), zero_point);
            _mm256_cvtps_epi32(_mm256_min_ps(sum, last_code))
        };
        let (left, right) = (_mm256_packs_epi32(code(0), code(1)), _mm256_packs_epi32(code(2), code(3)));
        store_u8(codes, _mm256_permutevar8x32_epi32(_mm256_packus_epi16(left, right), order));
    });
    let others = _mm256_add_ps(_mm256_add_ps(others[0], others[1]), _mm256_add_ps(others[2], others[3]));
    _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_UNORD_Q>(others, others)) == 0
}
