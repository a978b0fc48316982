//! Four `f32` in an SSE register.

use std::arch::x86_64::{
    __m128, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_loadu_ps, _mm_movehdup_ps, _mm_movehl_ps, _mm_set1_ps,
    _mm_setr_ps,
};

/// How many `f32` a register holds.
pub(crate) const LANES: usize = 4;

/// The four elements.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn load(from: &[f32; LANES]) -> __m128 {
    // SAFETY: the array has the 16 bytes that are read, and the instruction asks for no alignment.
    unsafe { _mm_loadu_ps(from.as_ptr()) }
}

/// The elements of a slice of at most four, `fill` in the lanes behind them.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn load_first(from: &[f32], fill: f32) -> __m128 {
    // Not by way of an array: what was stored element by element cannot be loaded as one until it is in the cache.
    match *from {
        [] => _mm_set1_ps(fill),
        [a] => _mm_setr_ps(a, fill, fill, fill),
        [a, b] => _mm_setr_ps(a, b, fill, fill),
        [a, b, c] => _mm_setr_ps(a, b, c, fill),
        [a, b, c, d, ..] => _mm_setr_ps(a, b, c, d),
    }
}

/// The sum of the lanes of all, four registers or a multiple of it, of which every fourth is added first.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn sum_all<const N: usize>(all: &[__m128; N]) -> f32 {
    let (fours, _) = all.as_chunks::<4>();
    let mut four = fours[0];
    for more in &fours[1..] {
        for (sum, more) in four.iter_mut().zip(more) {
            *sum = _mm_add_ps(*sum, *more);
        }
    }
    let fours = _mm_add_ps(_mm_add_ps(four[0], four[1]), _mm_add_ps(four[2], four[3]));
    let twos = _mm_add_ps(fours, _mm_movehl_ps(fours, fours));
    _mm_cvtss_f32(_mm_add_ss(twos, _mm_movehdup_ps(twos)))
}

/// Register `i` of each input.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn load_all<const N: usize>(lanes: [&[[f32; LANES]]; N], i: usize) -> [__m128; N] {
    // Not `array::map`: the standard library's code has not the features that a closure made here has.
    let mut all = [_mm_set1_ps(0.0); N];
    for (register, lanes) in all.iter_mut().zip(lanes) {
        *register = load(&lanes[i]);
    }
    all
}

/// Register `i` of a turn, of each input.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn load_of_turn<const N: usize, const TURN: usize>(
    turns: [&[[[f32; LANES]; TURN]]; N],
    turn: usize,
    i: usize,
) -> [__m128; N] {
    let mut all = [_mm_set1_ps(0.0); N];
    for (register, turns) in all.iter_mut().zip(turns) {
        *register = load(&turns[turn][i]);
    }
    all
}

/// Less than a register of each input, 0 in the lanes behind it.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(crate) fn load_rest<const N: usize>(rests: [&[f32]; N]) -> [__m128; N] {
    let mut all = [_mm_set1_ps(0.0); N];
    for (register, rest) in all.iter_mut().zip(rests) {
        *register = load_first(rest, 0.0);
    }
    all
}
