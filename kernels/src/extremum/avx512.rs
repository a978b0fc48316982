//! The loops of the AVX-512 variants.

use std::arch::x86_64::{
    __m512, _CMP_EQ_OQ, _CMP_UNORD_Q, _mm512_cmp_ps_mask, _mm512_cvtss_f32, _mm512_permute_ps, _mm512_set1_ps,
    _mm512_shuffle_f32x4,
};

use super::{Extremum, place};
use crate::lanes::avx512::{LANES, load, load_first};

/// The element that `best` of two leaves over.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn find(a: &[f32], extremum: Extremum, best: impl Fn(__m512, __m512) -> __m512) -> f32 {
    let (found, has_nan) = sweep(a, extremum, &best);
    extremum.settle(a, found, has_nan)
}

/// The place of the first element that `best` of two may leave over.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn place(a: &[f32], extremum: Extremum, best: impl Fn(__m512, __m512) -> __m512) -> u32 {
    place::find(a, extremum, |block| sweep(block, extremum, &best), |block, number| first(block, number))
}

/// The number that `best` of two leaves over, up to the sign of a zero, and whether there are NaNs, which it loses.
///
/// Eight registers a turn, as with AVX2; a comparison leaves one bit a lane, and its masks are of four chains, since
/// `or` of masks issues once a cycle. What is left of a turn goes to registers of its own, so that none waits for
/// another.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn sweep(a: &[f32], extremum: Extremum, best: &impl Fn(__m512, __m512) -> __m512) -> (f32, bool) {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let (fours, lanes) = lanes.as_chunks::<4>();
    let (twos, ones) = lanes.as_chunks::<2>();
    let mut bests = [_mm512_set1_ps(extremum.empty); 8];
    let mut nans = [0; 4];
    let mut take = |pair: usize, left: __m512, right: __m512| {
        bests[2 * pair] = best(bests[2 * pair], left);
        bests[2 * pair + 1] = best(bests[2 * pair + 1], right);
        nans[pair] |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(left, right);
    };
    for turn in turns {
        for pair in 0..4 {
            take(pair, load(&turn[2 * pair]), load(&turn[2 * pair + 1]));
        }
    }
    for four in fours {
        take(0, load(&four[0]), load(&four[1]));
        take(1, load(&four[2]), load(&four[3]));
    }
    for two in twos {
        take(2, load(&two[0]), load(&two[1]));
    }
    if !(ones.is_empty() && rest.is_empty()) {
        let one = match ones {
            [one, ..] => load(one),
            [] => _mm512_set1_ps(extremum.empty),
        };
        take(3, one, load_first(rest, extremum.empty));
    }

    let left = best(best(bests[0], bests[1]), best(bests[2], bests[3]));
    let right = best(best(bests[4], bests[5]), best(bests[6], bests[7]));
    let lanes = best(left, right);
    let lanes = best(lanes, _mm512_shuffle_f32x4::<0b01_00_11_10>(lanes, lanes));
    let lanes = best(lanes, _mm512_shuffle_f32x4::<0b10_11_00_01>(lanes, lanes));
    let lanes = best(lanes, _mm512_permute_ps::<0b01_00_11_10>(lanes));
    let lanes = best(lanes, _mm512_permute_ps::<0b10_11_00_01>(lanes));
    let nans = (nans[0] | nans[1]) | (nans[2] | nans[3]);
    (_mm512_cvtss_f32(lanes), nans != 0)
}

/// The place of the first element that equals `number`, by turns of four registers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn first(block: &[f32], number: f32) -> Option<usize> {
    let target = _mm512_set1_ps(number);
    let (lanes, rest) = block.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    for (turn, [a, b, c, d]) in turns.iter().enumerate() {
        let equal = [
            _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(load(a), target),
            _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(load(b), target),
            _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(load(c), target),
            _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(load(d), target),
        ];
        if ((equal[0] | equal[1]) | (equal[2] | equal[3])) != 0 {
            return place_in(&equal, turn * 4 * LANES);
        }
    }
    let start = turns.len() * 4 * LANES;
    for (i, lanes) in lanes.iter().enumerate() {
        let equal = _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(load(lanes), target);
        if equal != 0 {
            return place_in(&[equal], start + i * LANES);
        }
    }
    let equal = _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(load_first(rest, f32::NAN), target);
    place_in(&[equal], start + lanes.len() * LANES)
}

/// The place of the first bit, of registers that begin at `start`.
fn place_in(bits_of_registers: &[u16], start: usize) -> Option<usize> {
    let register = bits_of_registers.iter().position(|bits| *bits != 0)?;
    Some(start + register * LANES + bits_of_registers[register].trailing_zeros() as usize)
}
