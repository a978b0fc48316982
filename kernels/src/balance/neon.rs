//! The loops of the NEON variants.

use std::arch::aarch64::{
    float32x4_t, uint32x4_t, vandq_u32, vdupq_n_u32, vmaxq_u32, vmaxvq_u32, vreinterpretq_f32_u32,
    vreinterpretq_u32_f32,
};

use super::MAGNITUDE;
use crate::lanes::{
    neon::{LANES, load, load_all, load_first, load_rest, store, store_first},
    parts, registers,
};

/// The largest magnitude; 0 of no elements.
///
/// Four registers a turn: of the two instructions for each, of two cycles or three, two to four issue a cycle.
#[target_feature(enable = "neon")]
pub(crate) fn absmax(a: &[f32]) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut most = [vdupq_n_u32(0); 4];
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
    let lanes = vmaxq_u32(vmaxq_u32(most[0], most[1]), vmaxq_u32(most[2], most[3]));
    f32::from_bits(vmaxvq_u32(lanes))
}

/// The largest magnitude in each column of rows of as many elements as there are outputs.
///
/// Four rows at a time, each a stream of its own, so that the outputs, which stay in the nearest cache, are read and written a
/// fourth as often.
#[target_feature(enable = "neon")]
pub(crate) fn absmax_columns(a: &[f32], y: &mut [f32]) {
    y.fill(0.0);
    let columns = y.len().max(1);
    let (fours, ones) = a.split_at(a.len() / (4 * columns) * 4 * columns);
    for four in fours.chunks_exact(4 * columns) {
        let (left, right) = four.split_at(2 * columns);
        let (left, right) = (left.split_at(columns), right.split_at(columns));
        take_rows([left.0, left.1, right.0, right.1], y);
    }
    for row in ones.chunks_exact(columns) {
        take_rows([row], y);
    }
}

/// Takes the magnitudes of some rows into the largest so far.
#[inline]
#[target_feature(enable = "neon")]
fn take_rows<const N: usize>(rows: [&[f32]; N], y: &mut [f32]) {
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let lanes = registers::<N, LANES>(rows, y_lanes.len());
    let done = LANES * y_lanes.len();
    for (i, y) in y_lanes.iter_mut().enumerate() {
        let mut most = vreinterpretq_u32_f32(load(y));
        for lanes in load_all(lanes, i) {
            most = larger(most, lanes);
        }
        store(y, vreinterpretq_f32_u32(most));
    }
    if !y_rest.is_empty() {
        let mut most = vreinterpretq_u32_f32(load_first(y_rest, 0.0));
        for lanes in load_rest(parts(rows, done, y_rest.len())) {
            most = larger(most, lanes);
        }
        store_first(y_rest, vreinterpretq_f32_u32(most));
    }
}

/// The larger magnitude of each lane; without their signs, the bits compare as integers.
#[inline]
#[target_feature(enable = "neon")]
fn larger(most: uint32x4_t, lanes: float32x4_t) -> uint32x4_t {
    let magnitudes = vandq_u32(vreinterpretq_u32_f32(lanes), vdupq_n_u32(MAGNITUDE));
    vmaxq_u32(most, magnitudes)
}
