//! The loops of the NEON variants.

use std::arch::aarch64::{float32x4_t, vceqq_f32, vdupq_n_f32, vextq_f32, vgetq_lane_f32, vmaxvq_u32, vorrq_u32};

use super::{Extremum, place};
use crate::lanes::neon::{LANES, load, load_first};

/// The element that `best` of two leaves over. The instruction keeps NaNs and knows the zeros apart, so nothing is left
/// to settle.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn find(a: &[f32], extremum: Extremum, best: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> f32 {
    sweep(a, extremum, &best)
}

/// The place of the first element that `best` of two may leave over.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn place(a: &[f32], extremum: Extremum, best: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> u32 {
    let best_of = |block: &[f32]| {
        let found = sweep(block, extremum, &best);
        (found, found.is_nan())
    };
    place::find(a, extremum, best_of, |block, number| first(block, number))
}

/// Eight registers a turn, since the instruction is two to three cycles deep and two to four issue a cycle. What is
/// left of a turn goes to registers of its own, so that none waits for another.
#[inline]
#[target_feature(enable = "neon")]
fn sweep(a: &[f32], extremum: Extremum, best: &impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let (fours, lanes) = lanes.as_chunks::<4>();
    let (twos, ones) = lanes.as_chunks::<2>();
    let mut bests = [vdupq_n_f32(extremum.empty); 8];
    for turn in turns {
        for i in 0..8 {
            bests[i] = best(bests[i], load(&turn[i]));
        }
    }
    for four in fours {
        for i in 0..4 {
            bests[i] = best(bests[i], load(&four[i]));
        }
    }
    for two in twos {
        bests[4] = best(bests[4], load(&two[0]));
        bests[5] = best(bests[5], load(&two[1]));
    }
    for one in ones {
        bests[6] = best(bests[6], load(one));
    }
    if !rest.is_empty() {
        bests[7] = best(bests[7], load_first(rest, extremum.empty));
    }

    let left = best(best(bests[0], bests[1]), best(bests[2], bests[3]));
    let right = best(best(bests[4], bests[5]), best(bests[6], bests[7]));
    let lanes = best(left, right);
    let lanes = best(lanes, vextq_f32::<2>(lanes, lanes));
    let lanes = best(lanes, vextq_f32::<1>(lanes, lanes));
    vgetq_lane_f32::<0>(lanes)
}

/// The place of the first element that equals `number`: the turn of four registers by vectors, and in it one by one,
/// since a comparison leaves no mask of bits.
#[inline]
#[target_feature(enable = "neon")]
#[expect(clippy::float_cmp, reason = "it is one of them, and zeros are equal")]
fn first(block: &[f32], number: f32) -> Option<usize> {
    let target = vdupq_n_f32(number);
    let turns = block.as_chunks::<LANES>().0.as_chunks::<4>().0;
    let mut start = 0;
    for turn in turns {
        let left = vorrq_u32(vceqq_f32(load(&turn[0]), target), vceqq_f32(load(&turn[1]), target));
        let right = vorrq_u32(vceqq_f32(load(&turn[2]), target), vceqq_f32(load(&turn[3]), target));
        if vmaxvq_u32(vorrq_u32(left, right)) != 0 {
            break;
        }
        start += 4 * LANES;
    }
    let place = block[start..].iter().position(|element| *element == number);
    place.map(|place| start + place)
}
