//! The loop of the NEON variants.

use std::arch::aarch64::{float32x4_t, vdupq_n_f32};

use super::{parts, registers};
use crate::lanes::neon::{LANES, load, load_first, store, store_first};

/// `y[i] = op(inputs[i])`. Four registers a turn: the turn's own instructions cost less than a tenth of it.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn map<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: impl Fn([float32x4_t; N]) -> float32x4_t) {
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let lanes = registers::<N, LANES>(inputs, y_lanes.len());
    let rests = parts(inputs, y_lanes.len() * LANES, y_rest.len());
    let (y_turns, y_lanes) = y_lanes.as_chunks_mut::<4>();
    let done = 4 * y_turns.len();
    for (turn, y) in y_turns.iter_mut().enumerate() {
        for i in 0..4 {
            store(&mut y[i], op(load_all(lanes, 4 * turn + i)));
        }
    }
    for (i, y) in y_lanes.iter_mut().enumerate() {
        store(y, op(load_all(lanes, done + i)));
    }
    if !y_rest.is_empty() {
        let mut last = [vdupq_n_f32(0.0); N];
        for (register, rest) in last.iter_mut().zip(rests) {
            *register = load_first(rest, 0.0);
        }
        store_first(y_rest, op(last));
    }
}

/// A register of each input.
#[inline]
#[target_feature(enable = "neon")]
fn load_all<const N: usize>(lanes: [&[[f32; LANES]]; N], i: usize) -> [float32x4_t; N] {
    // Not `array::map`: the standard library's code has not the features that a closure made here has.
    let mut all = [vdupq_n_f32(0.0); N];
    for (register, lanes) in all.iter_mut().zip(lanes) {
        *register = load(&lanes[i]);
    }
    all
}
