//! The loops of the AVX2 variants.

use std::arch::x86_64::{
    __m256, _CMP_EQ_OQ, _CMP_UNORD_Q, _mm256_cmp_ps, _mm256_cvtss_f32, _mm256_movemask_ps, _mm256_or_ps,
    _mm256_permute_ps, _mm256_permute2f128_ps, _mm256_set1_ps, _mm256_setzero_ps,
};

use super::{Extremum, place};
use crate::lanes::avx2::{LANES, load, load_first};

/// The element that `best` of two leaves over.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn find(a: &[f32], extremum: Extremum, best: impl Fn(__m256, __m256) -> __m256) -> f32 {
    let (found, has_nan) = sweep(a, extremum, &best);
    extremum.settle(a, found, has_nan)
}

/// The place of the first element that `best` of two may leave over.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn place(a: &[f32], extremum: Extremum, best: impl Fn(__m256, __m256) -> __m256) -> u32 {
    place::find(a, extremum, |block| sweep(block, extremum, &best), |block, number| first(block, number))
}

/// The number that `best` of two leaves over, up to the sign of a zero, and whether there are NaNs, which it loses.
///
/// Eight registers a turn, since the instruction is two cycles deep and two issue a cycle, with room to spare; the
/// four comparisons for NaNs each look at two of them. What is left of a turn goes to registers of its own, so that
/// none waits for another.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sweep(a: &[f32], extremum: Extremum, best: &impl Fn(__m256, __m256) -> __m256) -> (f32, bool) {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let (fours, lanes) = lanes.as_chunks::<4>();
    let (twos, ones) = lanes.as_chunks::<2>();
    let mut bests = [_mm256_set1_ps(extremum.empty); 8];
    let mut nans = [_mm256_setzero_ps(); 4];
    let mut take = |pair: usize, left: __m256, right: __m256| {
        bests[2 * pair] = best(bests[2 * pair], left);
        bests[2 * pair + 1] = best(bests[2 * pair + 1], right);
        nans[pair] = _mm256_or_ps(nans[pair], _mm256_cmp_ps::<_CMP_UNORD_Q>(left, right));
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
            [] => _mm256_set1_ps(extremum.empty),
        };
        take(3, one, load_first(rest, extremum.empty));
    }

    let left = best(best(bests[0], bests[1]), best(bests[2], bests[3]));
    let right = best(best(bests[4], bests[5]), best(bests[6], bests[7]));
    let lanes = best(left, right);
    let lanes = best(lanes, _mm256_permute2f128_ps::<1>(lanes, lanes));
    let lanes = best(lanes, _mm256_permute_ps::<0b01_00_11_10>(lanes));
    let lanes = best(lanes, _mm256_permute_ps::<0b10_11_00_01>(lanes));
    let nans = _mm256_or_ps(_mm256_or_ps(nans[0], nans[1]), _mm256_or_ps(nans[2], nans[3]));
    (_mm256_cvtss_f32(lanes), _mm256_movemask_ps(nans) != 0)
}

/// The place of the first element that equals `number`, by turns of four registers.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn first(block: &[f32], number: f32) -> Option<usize> {
    let target = _mm256_set1_ps(number);
    let (lanes, rest) = block.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    for (turn, [a, b, c, d]) in turns.iter().enumerate() {
        let equal = [
            _mm256_cmp_ps::<_CMP_EQ_OQ>(load(a), target),
            _mm256_cmp_ps::<_CMP_EQ_OQ>(load(b), target),
            _mm256_cmp_ps::<_CMP_EQ_OQ>(load(c), target),
            _mm256_cmp_ps::<_CMP_EQ_OQ>(load(d), target),
        ];
        if _mm256_movemask_ps(_mm256_or_ps(_mm256_or_ps(equal[0], equal[1]), _mm256_or_ps(equal[2], equal[3]))) != 0 {
            return place_in(
                &[
                    _mm256_movemask_ps(equal[0]).cast_unsigned(),
                    _mm256_movemask_ps(equal[1]).cast_unsigned(),
                    _mm256_movemask_ps(equal[2]).cast_unsigned(),
                    _mm256_movemask_ps(equal[3]).cast_unsigned(),
                ],
                turn * 4 * LANES,
            );
        }
    }
    let start = turns.len() * 4 * LANES;
    for (i, lanes) in lanes.iter().enumerate() {
        let equal = _mm256_cmp_ps::<_CMP_EQ_OQ>(load(lanes), target);
        if _mm256_movemask_ps(equal) != 0 {
            return place_in(&[_mm256_movemask_ps(equal).cast_unsigned()], start + i * LANES);
        }
    }
    let equal = _mm256_cmp_ps::<_CMP_EQ_OQ>(load_first(rest, f32::NAN), target);
    place_in(&[_mm256_movemask_ps(equal).cast_unsigned()], start + lanes.len() * LANES)
}

/// The place of the first bit, of registers that begin at `start`.
fn place_in(bits_of_registers: &[u32], start: usize) -> Option<usize> {
    let register = bits_of_registers.iter().position(|bits| *bits != 0)?;
    Some(start + register * LANES + bits_of_registers[register].trailing_zeros() as usize)
}
