//! The loop of the AVX2 variants.

use std::arch::x86_64::{__m256, _mm256_set1_ps};

use super::{ends, parts, registers, streaming};
use crate::lanes::avx2::{LANES, end_streaming, load, load_first, store, store_first, stream};

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
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let (rest, n) = (y_rest.len(), y_lanes.len() * LANES + y_rest.len());
    let lanes = registers::<N, LANES>(inputs, y_lanes.len());
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
    if rest > 0 {
        match y.last_chunk_mut() {
            Some(last) => store(last, op(load_all(ends::<N, LANES>(inputs, n), 0))),
            None => store_first(y, op(load_rest(parts(inputs, 0, rest)))),
        }
    }
}

/// The same with streaming stores, a line a turn. It is called where a call is nothing.
#[inline(never)]
#[target_feature(enable = "avx2,fma,f16c")]
fn map_past_the_caches<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: &impl Fn([__m256; N]) -> __m256) {
    let (head, lines, tail) = streaming::lines(y);
    let (before, streamed) = (head.len(), streaming::LINE * lines.len());
    map_edge(parts(inputs, 0, before), head, op);
    let lanes = registers::<N, LANES>(parts(inputs, before, streamed), streamed / LANES);
    for (turn, line) in lines.iter_mut().enumerate() {
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

/// A register of each input.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn load_all<const N: usize>(lanes: [&[[f32; LANES]]; N], i: usize) -> [__m256; N] {
    // Not `array::map`: the standard library's code has not the features that a closure made here has.
    let mut all = [_mm256_set1_ps(0.0); N];
    for (register, lanes) in all.iter_mut().zip(lanes) {
        *register = load(&lanes[i]);
    }
    all
}

/// Less than a register of each input.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn load_rest<const N: usize>(rests: [&[f32]; N]) -> [__m256; N] {
    let mut all = [_mm256_set1_ps(0.0); N];
    for (register, rest) in all.iter_mut().zip(rests) {
        *register = load_first(rest, 0.0);
    }
    all
}
