//! Four `f32` or sixteen bytes in a NEON register.

use std::arch::aarch64::{
    float32x4_t, int8x16_t, uint8x16_t, vaddq_f32, vaddvq_f32, vld1q_f32, vld1q_s8, vld1q_u8, vst1q_f32,
};

/// How many `f32` a register holds.
pub(crate) const LANES: usize = 4;

/// The four elements.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load(from: &[f32; LANES]) -> float32x4_t {
    // SAFETY: the array has the 16 bytes that are read.
    unsafe { vld1q_f32(from.as_ptr()) }
}

/// Writes the four elements.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store(to: &mut [f32; LANES], lanes: float32x4_t) {
    // SAFETY: the array has the 16 bytes that are written.
    unsafe { vst1q_f32(to.as_mut_ptr(), lanes) }
}

/// The elements of a slice of at most four, `fill` in the lanes behind them.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_first(from: &[f32], fill: f32) -> float32x4_t {
    let mut all = [fill; LANES];
    all.iter_mut().zip(from).for_each(|(lane, element)| *lane = *element);
    load(&all)
}

/// Writes the first lanes to a slice of at most four.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_first(to: &mut [f32], lanes: float32x4_t) {
    let mut all = [0.0; LANES];
    store(&mut all, lanes);
    to.iter_mut().zip(all).for_each(|(element, lane)| *element = lane);
}

/// The sum of the lanes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn sum(lanes: float32x4_t) -> f32 {
    vaddvq_f32(lanes)
}

/// The sum of the lanes of all, the registers pairwise.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn sum_all(all: &[float32x4_t; 8]) -> f32 {
    let left = vaddq_f32(vaddq_f32(all[0], all[1]), vaddq_f32(all[2], all[3]));
    let right = vaddq_f32(vaddq_f32(all[4], all[5]), vaddq_f32(all[6], all[7]));
    vaddvq_f32(vaddq_f32(left, right))
}

/// The sixteen bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_u8(from: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the array has the 16 bytes that are read.
    unsafe { vld1q_u8(from.as_ptr()) }
}

/// The sixteen bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_i8(from: &[i8; 16]) -> int8x16_t {
    // SAFETY: the array has the 16 bytes that are read.
    unsafe { vld1q_s8(from.as_ptr()) }
}
