//! The loop of the AVX2 variants.

use std::arch::x86_64::__m256;

use super::streaming;
use crate::lanes::{
    avx2::{LANES, end_streaming, load_all, load_of_turn, load_rest, store, store_first, stream},
    ends, parts, registers, turns,
};

/// `y[i] = op(inputs[i])`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn map<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: impl Fn([__m256; N]) -> __m256) {
    if streaming::pays(N, y.len()) {
        map_past_the_caches(inputs, y, &op);
    } else {
        map_in_the_caches(inputs, y, &op);
    }
}

/// Four registers a turn: the turn's own instructions cost less than a tenth of it. What is left at the end is
/// done with the elements before it, as one more register.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn map_in_the_caches<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: &impl Fn([__m256; N]) -> __m256) {
    let n = y.len();
    let (y_lanes, _) = y.as_chunks_mut::<LANES>();
    let lanes = registers::<N, LANES>(inputs, y_lanes.len());
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
    if !n.is_multiple_of(LANES) {
        match y.last_chunk_mut() {
            Some(last) => store(last, op(load_all(ends::<N, LANES>(inputs, n), 0))),
            None => store_first(y, op(load_rest(parts(inputs, 0, n)))),
        }
    }
}

/// The same with streaming stores, a line a turn. It is called where a call is nothing.
#[inline(never)]
#[target_feature(enable = "avx2,fma,f16c")]
fn map_past_the_caches<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: &impl Fn([__m256; N]) -> __m256) {
    let (head, whole, tail) = streaming::lines(y);
    let (before, streamed) = (head.len(), streaming::LINE * whole.len());
    map_edge(parts(inputs, 0, before), head, op);
    let lanes = registers::<N, LANES>(parts(inputs, before, streamed), streamed / LANES);
    for (turn, line) in whole.iter_mut().enumerate() {
        stream(line, [op(load_all(lanes, 2 * turn)), op(load_all(lanes, 2 * turn + 1))]);
    }
    end_streaming();
    map_edge(parts(inputs, before + streamed, tail.len()), tail, op);
}

/// Less than a line.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn map_edge<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: &impl Fn([__m256; N]) -> __m256) {
    for (register, y) in y.chunks_mut(LANES).enumerate() {
        store_first(y, op(load_rest(parts(inputs, register * LANES, y.len()))));
    }
}
