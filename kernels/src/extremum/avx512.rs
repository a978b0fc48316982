//! The loop of the AVX-512 variants.

use std::arch::x86_64::{
    __m512, _CMP_UNORD_Q, _mm512_cmp_ps_mask, _mm512_cvtss_f32, _mm512_permute_ps, _mm512_set1_ps, _mm512_shuffle_f32x4,
};

use super::Extremum;
use crate::lanes::avx512::{LANES, load, load_first};

/// The element that `best` of two leaves over. Eight registers a turn, as with AVX2; a comparison leaves one bit a
/// lane, and its masks are of four chains, since `or` of masks issues once a cycle.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn find(a: &[f32], extremum: Extremum, best: impl Fn(__m512, __m512) -> __m512) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut bests = [_mm512_set1_ps(extremum.empty); 8];
    let mut nans = [0; 4];
    for turn in turns {
        for pair in 0..4 {
            let (left, right) = (load(&turn[2 * pair]), load(&turn[2 * pair + 1]));
            bests[2 * pair] = best(bests[2 * pair], left);
            bests[2 * pair + 1] = best(bests[2 * pair + 1], right);
            nans[pair] |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(left, right);
        }
    }
    let last = load_first(rest, extremum.empty);
    bests[0] = best(bests[0], last);
    nans[0] |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(last, last);
    for elements in lanes {
        let elements = load(elements);
        bests[1] = best(bests[1], elements);
        nans[1] |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(elements, elements);
    }

    let left = best(best(bests[0], bests[1]), best(bests[2], bests[3]));
    let right = best(best(bests[4], bests[5]), best(bests[6], bests[7]));
    let lanes = best(left, right);
    let lanes = best(lanes, _mm512_shuffle_f32x4::<0b01_00_11_10>(lanes, lanes));
    let lanes = best(lanes, _mm512_shuffle_f32x4::<0b10_11_00_01>(lanes, lanes));
    let lanes = best(lanes, _mm512_permute_ps::<0b01_00_11_10>(lanes));
    let lanes = best(lanes, _mm512_permute_ps::<0b10_11_00_01>(lanes));
    extremum.settle(a, _mm512_cvtss_f32(lanes), nans != [0; 4])
}
