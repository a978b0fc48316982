//! The loop of the AVX-512 variants.

use std::arch::x86_64::__m512;

use super::streaming;
use crate::lanes::{
    avx512::{LANES, end_streaming, load_all, load_rest, store, store_first, stream},
    ends, parts, registers,
};

/// `y[i] = op(inputs[i])`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn map<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: impl Fn([__m512; N]) -> __m512) {
    if streaming::pays(N, y.len()) {
        map_past_the_caches(inputs, y, &op);
    } else {
        map_in_the_caches(inputs, y, &op);
    }
}

/// One register a turn: with four, as AVX2 has them, 1,000 elements took a tenth longer on a Zen 4, whose stores of
/// whole lines take turns with its loads. What is left at the end is done with the elements before it, as one more
/// register.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn map_in_the_caches<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: &impl Fn([__m512; N]) -> __m512) {
    let n = y.len();
    let (y_lanes, _) = y.as_chunks_mut::<LANES>();
    let lanes = registers::<N, LANES>(inputs, y_lanes.len());
    for (i, y) in y_lanes.iter_mut().enumerate() {
        store(y, op(load_all(lanes, i)));
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn map_past_the_caches<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: &impl Fn([__m512; N]) -> __m512) {
    let (head, whole, tail) = streaming::lines(y);
    let (before, streamed) = (head.len(), streaming::LINE * whole.len());
    map_edge(parts(inputs, 0, before), head, op);
    let lanes = registers::<N, LANES>(parts(inputs, before, streamed), streamed / LANES);
    for (turn, line) in whole.iter_mut().enumerate() {
        stream(line, op(load_all(lanes, turn)));
    }
    end_streaming();
    map_edge(parts(inputs, before + streamed, tail.len()), tail, op);
}

/// Less than a line.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn map_edge<const N: usize>(inputs: [&[f32]; N], y: &mut [f32], op: &impl Fn([__m512; N]) -> __m512) {
    for (register, y) in y.chunks_mut(LANES).enumerate() {
        store_first(y, op(load_rest(parts(inputs, register * LANES, y.len()))));
    }
}
