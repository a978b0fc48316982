//! The loops of the NEON variants.

use std::arch::aarch64::{vmaxq_u32, vreinterpretq_f32_u32, vreinterpretq_u32_f32};

use crate::{
    lanes::{
        neon::{LANES, load, load_all, load_first, load_rest, store, store_first},
        parts, registers,
    },
    slabs::neon::magnitudes,
};

/// The largest magnitude in each column of rows of as many elements as there are outputs.
///
/// Four rows at a time, each a stream of its own, so that the outputs, which stay in the nearest cache, are read and
/// written a fourth as often.
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
            most = vmaxq_u32(most, magnitudes(lanes));
        }
        store(y, vreinterpretq_f32_u32(most));
    }
    if !y_rest.is_empty() {
        let mut most = vreinterpretq_u32_f32(load_first(y_rest, 0.0));
        for lanes in load_rest(parts(rows, done, y_rest.len())) {
            most = vmaxq_u32(most, magnitudes(lanes));
        }
        store_first(y_rest, vreinterpretq_f32_u32(most));
    }
}
