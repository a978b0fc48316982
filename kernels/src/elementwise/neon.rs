//! The loop of the NEON variants.

use std::arch::aarch64::float32x4_t;

use crate::lanes::{
    neon::{LANES, load_all, load_of_turn, load_rest, store, store_first},
    parts, registers, turns,
};

/// `y[i] = op(inputs[i])`. Four registers a turn: the turn's own instructions cost less than a tenth of it.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn map<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: impl Fn([float32x4_t; N]) -> float32x4_t) {
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let lanes = registers::<N, LANES>(inputs, y_lanes.len());
    let rests = parts(inputs, y_lanes.len() * LANES, y_rest.len());
    let (y_turns, y_lanes) = y_lanes.as_chunks_mut::<4>();
    let turns = turns::<N, LANES, 4>(lanes, y_turns.len());
    let done = 4 * y_turns.len();
    for (turn, y) in y_turns.iter_mut().enumerate() {
        for (i, y) in y.iter_mut().enumerate() {
            store(y, op(load_of_turn(turns, turn, i)));
        }
    }
    for (i, y) in y_lanes.iter_mut().enumerate() {
        store(y, op(load_all(lanes, done + i)));
    }
    if !y_rest.is_empty() {
        store_first(y_rest, op(load_rest(rests)));
    }
}
