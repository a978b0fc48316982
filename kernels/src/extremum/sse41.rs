//! The loops of the SSE4.1 variants.

use std::arch::x86_64::{
    __m128, _mm_cmpeq_ps, _mm_cmpunord_ps, _mm_cvtss_f32, _mm_movehdup_ps, _mm_movehl_ps, _mm_movemask_ps, _mm_or_ps,
    _mm_set1_ps, _mm_setzero_ps,
};

use super::{Extremum, place};
use crate::lanes::sse41::{LANES, load, load_first};

/// The element that `best` of two leaves over.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn find(a: &[f32], extremum: Extremum, best: impl Fn(__m128, __m128) -> __m128) -> f32 {
    let (found, has_nan) = sweep(a, extremum, &best);
    extremum.settle(a, found, has_nan)
}

/// The place of the first element that `best` of two may leave over.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn place(a: &[f32], extremum: Extremum, best: impl Fn(__m128, __m128) -> __m128) -> u32 {
    place::find(a, extremum, |block| sweep(block, extremum, &best), |block, number| skip(block, number))
}

/// The number that `best` of two leaves over, up to the sign of a zero, and whether there are NaNs, which it loses.
///
/// Eight registers a turn, since the instruction is two cycles deep and two
/// issue a cycle, with room to spare; the four comparisons for NaNs each look at two of them.
/// What is left of a turn goes to registers of its own, so that none waits for another.
#[inline]
#[target_feature(enable = "sse4.1")]
fn sweep(a: &[f32], extremum: Extremum, best: &impl Fn(__m128, __m128) -> __m128) -> (f32, bool) {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let (fours, lanes) = lanes.as_chunks::<4>();
    let (twos, ones) = lanes.as_chunks::<2>();
    let mut bests = [_mm_set1_ps(extremum.empty); 8];
    let mut nans = [_mm_setzero_ps(); 4];
    let mut take = |pair: usize, left: __m128, right: __m128| {
        bests[2 * pair] = best(bests[2 * pair], left);
        bests[2 * pair + 1] = best(bests[2 * pair + 1], right);
        nans[pair] = _mm_or_ps(nans[pair], _mm_cmpunord_ps(left, right));
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
        let one = ones.first().map_or(_mm_set1_ps(extremum.empty), |one| load(one));
        take(3, one, load_first(rest, extremum.empty));
    }

    let left = best(best(bests[0], bests[1]), best(bests[2], bests[3]));
    let right = best(best(bests[4], bests[5]), best(bests[6], bests[7]));
    let lanes = best(left, right);
    let lanes = best(lanes, _mm_movehl_ps(lanes, lanes));
    let lanes = best(lanes, _mm_movehdup_ps(lanes));
    let nans = _mm_or_ps(_mm_or_ps(nans[0], nans[1]), _mm_or_ps(nans[2], nans[3]));
    (_mm_cvtss_f32(lanes), _mm_movemask_ps(nans) != 0)
}

/// How many elements at the start are other ones than `number`, by turns of four registers.
#[inline]
#[target_feature(enable = "sse4.1")]
fn skip(block: &[f32], number: f32) -> usize {
    let target = _mm_set1_ps(number);
    let turns = block.as_chunks::<LANES>().0.as_chunks::<4>().0;
    let mut skipped = 0;
    for turn in turns {
        let left = _mm_or_ps(_mm_cmpeq_ps(load(&turn[0]), target), _mm_cmpeq_ps(load(&turn[1]), target));
        let right = _mm_or_ps(_mm_cmpeq_ps(load(&turn[2]), target), _mm_cmpeq_ps(load(&turn[3]), target));
        if _mm_movemask_ps(_mm_or_ps(left, right)) != 0 {
            break;
        }
        skipped += 4 * LANES;
    }
    skipped
}
