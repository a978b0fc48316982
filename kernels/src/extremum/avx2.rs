//! The loop of the AVX2 variants.

use std::arch::x86_64::{
    __m256, _CMP_UNORD_Q, _mm256_cmp_ps, _mm256_cvtss_f32, _mm256_movemask_ps, _mm256_or_ps, _mm256_permute_ps,
    _mm256_permute2f128_ps, _mm256_set1_ps, _mm256_setzero_ps,
};

use super::Extremum;
use crate::lanes::avx2::{LANES, load, load_first};

/// The element that `best` of two leaves over. Eight registers a turn, since the instruction is two cycles deep and
/// two issue a cycle, with room to spare; the four comparisons for NaNs each look at two of them.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn find(a: &[f32], extremum: Extremum, best: impl Fn(__m256, __m256) -> __m256) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut bests = [_mm256_set1_ps(extremum.empty); 8];
    let mut nans = [_mm256_setzero_ps(); 4];
    for turn in turns {
        for pair in 0..4 {
            let (left, right) = (load(&turn[2 * pair]), load(&turn[2 * pair + 1]));
            bests[2 * pair] = best(bests[2 * pair], left);
            bests[2 * pair + 1] = best(bests[2 * pair + 1], right);
            nans[pair] = _mm256_or_ps(nans[pair], _mm256_cmp_ps::<_CMP_UNORD_Q>(left, right));
        }
    }
    let last = load_first(rest, extremum.empty);
    bests[0] = best(bests[0], last);
    nans[0] = _mm256_or_ps(nans[0], _mm256_cmp_ps::<_CMP_UNORD_Q>(last, last));
    for elements in lanes {
        let elements = load(elements);
        bests[1] = best(bests[1], elements);
        nans[1] = _mm256_or_ps(nans[1], _mm256_cmp_ps::<_CMP_UNORD_Q>(elements, elements));
    }

    let left = best(best(bests[0], bests[1]), best(bests[2], bests[3]));
    let right = best(best(bests[4], bests[5]), best(bests[6], bests[7]));
    let lanes = best(left, right);
    let lanes = best(lanes, _mm256_permute2f128_ps::<1>(lanes, lanes));
    let lanes = best(lanes, _mm256_permute_ps::<0b01_00_11_10>(lanes));
    let lanes = best(lanes, _mm256_permute_ps::<0b10_11_00_01>(lanes));
    let nans = _mm256_or_ps(_mm256_or_ps(nans[0], nans[1]), _mm256_or_ps(nans[2], nans[3]));
    extremum.settle(a, _mm256_cvtss_f32(lanes), _mm256_movemask_ps(nans) != 0)
}
