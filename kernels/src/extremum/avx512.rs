//! The loops of the AVX-512 variants.

use std::arch::x86_64::{
    __m128, __m512, _CMP_EQ_OQ, _CMP_UNORD_Q, _mm_cvtss_f32, _mm_movehdup_ps, _mm_movehl_ps, _mm256_castps256_ps128,
    _mm256_extractf128_ps, _mm512_castps512_ps256, _mm512_cmp_ps_mask, _mm512_extractf32x8_ps, _mm512_set1_ps,
};

use super::{Extremum, both_ends, place};
use crate::lanes::avx512::{LANES, load, load_first};

/// What leaves the better of two over in each lane. Where the lanes of one register are left, which is most of the work
/// of a hundred elements, a narrow instruction costs half of a wide one, or less.
pub(crate) struct Best<F, G> {
    /// Of sixteen lanes.
    pub(crate) sixteen: F,
    /// Of four.
    pub(crate) four: G,
}

/// The element that `best` of two leaves over.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn find(
    a: &[f32],
    extremum: Extremum,
    best: &Best<impl Fn(__m512, __m512) -> __m512, impl Fn(__m128, __m128) -> __m128>,
) -> f32 {
    let (found, has_nan) = sweep(a, extremum, best);
    extremum.settle(a, found, has_nan)
}

/// The place of the first element that `best` of two may leave over.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn place(
    a: &[f32],
    extremum: Extremum,
    best: &Best<impl Fn(__m512, __m512) -> __m512, impl Fn(__m128, __m128) -> __m128>,
) -> u32 {
    if a.len() < 8 * LANES
        && let Some(ends) = both_ends::<{ 4 * LANES }>(a)
    {
        let ends = load_ends::<4, { 4 * LANES }>(ends);
        let (found, has_nan) = sweep_ends(ends, best);
        if !has_nan {
            return place::index(0, first_of_ends(a.len(), ends, _mm512_set1_ps(found)));
        }
    }
    place::find(a, extremum, |block| sweep(block, extremum, best), |block, number| first(block, number))
}

/// The number that `best` of two leaves over, up to the sign of a zero, and whether there are NaNs, which it loses.
///
/// Eight registers a turn, as with AVX2; a comparison leaves one bit a lane, and its masks are of four chains, since
/// `or` of masks issues once a cycle. What is left of a turn is done with the elements before it, as one more turn:
/// to see an element twice changes nothing. Less than a turn is seen from both ends, which overlap likewise.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn sweep(
    a: &[f32],
    extremum: Extremum,
    best: &Best<impl Fn(__m512, __m512) -> __m512, impl Fn(__m128, __m128) -> __m128>,
) -> (f32, bool) {
    let (turns, rest) = a.as_chunks::<{ 8 * LANES }>();
    if let [.., _] = turns {
        return sweep_turns(turns, a.last_chunk().filter(|_| !rest.is_empty()), extremum, best);
    }
    if let Some(ends) = both_ends::<{ 4 * LANES }>(a) {
        sweep_ends(load_ends::<4, { 4 * LANES }>(ends), best)
    } else if let Some(ends) = both_ends::<{ 2 * LANES }>(a) {
        sweep_ends(load_ends::<2, { 2 * LANES }>(ends), best)
    } else if let Some(ends) = both_ends::<LANES>(a) {
        sweep_ends(load_ends::<1, LANES>(ends), best)
    } else {
        sweep_ends([[load_first(a, extremum.empty)]; 2], best)
    }
}

/// The same of whole turns.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn sweep_turns(
    turns: &[[f32; 8 * LANES]],
    last: Option<&[f32; 8 * LANES]>,
    extremum: Extremum,
    best: &Best<impl Fn(__m512, __m512) -> __m512, impl Fn(__m128, __m128) -> __m128>,
) -> (f32, bool) {
    let mut bests = [_mm512_set1_ps(extremum.empty); 8];
    let mut nans = [0; 4];
    let mut take = |turn: &[f32; 8 * LANES]| {
        let lanes = load_each::<8, { 8 * LANES }>(turn);
        for (bests, lanes) in bests.iter_mut().zip(lanes) {
            *bests = (best.sixteen)(*bests, lanes);
        }
        for (nans, [left, right]) in nans.iter_mut().zip(lanes.as_chunks().0) {
            *nans |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(*left, *right);
        }
    };
    for turn in turns {
        take(turn);
    }
    if let Some(last) = last {
        take(last);
    }
    (fold(bests, best), (nans[0] | nans[1]) | (nans[2] | nans[3]) != 0)
}

/// The same of a few registers from either end.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn sweep_ends<const N: usize>(
    [mut bests, right]: [[__m512; N]; 2],
    best: &Best<impl Fn(__m512, __m512) -> __m512, impl Fn(__m128, __m128) -> __m128>,
) -> (f32, bool) {
    let mut nans = 0;
    for (bests, right) in bests.iter_mut().zip(right) {
        nans |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(*bests, right);
        *bests = (best.sixteen)(*bests, right);
    }
    (fold(bests, best), nans != 0)
}

/// What `best` leaves over of the lanes of all, two registers or four or eight.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn fold<const N: usize>(
    mut lanes: [__m512; N],
    best: &Best<impl Fn(__m512, __m512) -> __m512, impl Fn(__m128, __m128) -> __m128>,
) -> f32 {
    let mut count = N;
    while count > 1 {
        count /= 2;
        for i in 0..count {
            lanes[i] = (best.sixteen)(lanes[2 * i], lanes[2 * i + 1]);
        }
    }
    let lanes = lanes[0];
    let (left, right) = (_mm512_castps512_ps256(lanes), _mm512_extractf32x8_ps::<1>(lanes));
    let left = (best.four)(_mm256_castps256_ps128(left), _mm256_extractf128_ps::<1>(left));
    let right = (best.four)(_mm256_castps256_ps128(right), _mm256_extractf128_ps::<1>(right));
    let lanes = (best.four)(left, right);
    let lanes = (best.four)(lanes, _mm_movehl_ps(lanes, lanes));
    _mm_cvtss_f32((best.four)(lanes, _mm_movehdup_ps(lanes)))
}

/// The place of the first element that equals `number`, by turns of four registers, and what is left as in [`sweep`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn first(block: &[f32], number: f32) -> Option<usize> {
    let target = _mm512_set1_ps(number);
    let (turns, _) = block.as_chunks::<{ 4 * LANES }>();
    for (turn, lanes) in turns.iter().enumerate() {
        let bits = equal(load_each::<4, { 4 * LANES }>(lanes), target);
        if bits != 0 {
            return place_in(turn * 4 * LANES, bits);
        }
    }
    if let Some(last) = block.last_chunk() {
        place_in(block.len() - 4 * LANES, equal(load_each::<4, { 4 * LANES }>(last), target))
    } else if let Some(ends) = both_ends::<{ 2 * LANES }>(block) {
        first_of_ends(block.len(), load_ends::<2, { 2 * LANES }>(ends), target)
    } else if let Some(ends) = both_ends::<LANES>(block) {
        first_of_ends(block.len(), load_ends::<1, LANES>(ends), target)
    } else {
        place_in(0, equal([load_first(block, f32::NAN)], target))
    }
}

/// The same of a few registers from either end of a block.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn first_of_ends<const N: usize>(length: usize, [left, right]: [[__m512; N]; 2], target: __m512) -> Option<usize> {
    place_in(0, equal(left, target)).or_else(|| place_in(length - N * LANES, equal(right, target)))
}

/// The place of the first bit, of elements that begin at `start`.
fn place_in(start: usize, bits: u64) -> Option<usize> {
    (bits != 0).then(|| start + bits.trailing_zeros() as usize)
}

/// One bit a lane that equals `target`'s.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn equal<const N: usize>(lanes: [__m512; N], target: __m512) -> u64 {
    let mut bits = 0;
    for (i, lanes) in lanes.into_iter().enumerate() {
        bits |= u64::from(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(lanes, target)) << (i * LANES);
    }
    bits
}

/// The registers of as many elements.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn load_each<const N: usize, const COUNT: usize>(from: &[f32; COUNT]) -> [__m512; N] {
    let mut all = [_mm512_set1_ps(0.0); N];
    for (register, lanes) in all.iter_mut().zip(from.as_chunks().0) {
        *register = load(lanes);
    }
    all
}

/// The same of both ends.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn load_ends<const N: usize, const COUNT: usize>([left, right]: [&[f32; COUNT]; 2]) -> [[__m512; N]; 2] {
    [load_each(left), load_each(right)]
}
