//! The loop of the NEON variants.

use std::arch::aarch64::float32x4_t;

use crate::lanes::neon::{LANES, load, load_first, store, store_first};

/// `y[i] = op(a[i], b[i])`. Four registers a turn: the turn's own instructions cost less than a tenth of it.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn map(a: &[f32], b: &[f32], y: &mut [f32], op: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let (a_turns, a_lanes) = a_lanes.as_chunks::<4>();
    let (b_turns, b_lanes) = b_lanes.as_chunks::<4>();
    let (y_turns, y_lanes) = y_lanes.as_chunks_mut::<4>();
    for ((y, a), b) in y_turns.iter_mut().zip(a_turns).zip(b_turns) {
        for i in 0..4 {
            store(&mut y[i], op(load(&a[i]), load(&b[i])));
        }
    }
    for ((y, a), b) in y_lanes.iter_mut().zip(a_lanes).zip(b_lanes) {
        store(y, op(load(a), load(b)));
    }
    store_first(y_rest, op(load_first(a_rest, 0.0), load_first(b_rest, 0.0)));
}
