//! Four `f32` or sixteen bytes in a NEON register.

use std::arch::aarch64::{
    float32x4_t, int8x16_t, int16x8_t, uint8x8_t, uint8x16_t, vaddq_f32, vaddvq_f32, vcvt_f32_f16, vcvtq_f32_s32,
    vdupq_n_f32, vget_low_s8, vget_low_s16, vld1_u8, vld1_u16, vld1q_f32, vld1q_s8, vld1q_u8, vmovl_high_s8,
    vmovl_high_s16, vmovl_s8, vmovl_s16, vreinterpret_f16_u16, vst1_u8, vst1q_f32, vst1q_s8, vst1q_s16, vst1q_u8,
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

/// The four numbers that these bits of f16 are.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_f16(from: &[u16; LANES]) -> float32x4_t {
    // SAFETY: the array has the 8 bytes that are read.
    vcvt_f32_f16(vreinterpret_f16_u16(unsafe { vld1_u16(from.as_ptr()) }))
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

/// The sum of the lanes of all, four registers or a multiple of it, of which every fourth is added first.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn sum_all<const N: usize>(all: &[float32x4_t; N]) -> f32 {
    let (fours, _) = all.as_chunks::<4>();
    let mut four = fours[0];
    for more in &fours[1..] {
        for (sum, more) in four.iter_mut().zip(more) {
            *sum = vaddq_f32(*sum, *more);
        }
    }
    vaddvq_f32(vaddq_f32(vaddq_f32(four[0], four[1]), vaddq_f32(four[2], four[3])))
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

/// Writes the sixteen bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_i8(to: &mut [i8; 16], lanes: int8x16_t) {
    // SAFETY: the array has the 16 bytes that are written.
    unsafe { vst1q_s8(to.as_mut_ptr(), lanes) }
}

/// Writes the sixteen bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_u8(to: &mut [u8; 16], lanes: uint8x16_t) {
    // SAFETY: the array has the 16 bytes that are written.
    unsafe { vst1q_u8(to.as_mut_ptr(), lanes) }
}

/// The eight bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_half_u8(from: &[u8; 8]) -> uint8x8_t {
    // SAFETY: the array has the 8 bytes that are read.
    unsafe { vld1_u8(from.as_ptr()) }
}

/// Writes the eight bytes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_half_u8(to: &mut [u8; 8], lanes: uint8x8_t) {
    // SAFETY: the array has the 8 bytes that are written.
    unsafe { vst1_u8(to.as_mut_ptr(), lanes) }
}

/// Sixteen integers of eight bits, as `f32`, in their order.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn widen_i8(bytes: int8x16_t) -> [float32x4_t; 4] {
    let (left, right) = (vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes));
    [
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(left))),
        vcvtq_f32_s32(vmovl_high_s16(left)),
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(right))),
        vcvtq_f32_s32(vmovl_high_s16(right)),
    ]
}

/// Writes the eight 16-bit lanes.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn store_i16(to: &mut [i16; 8], lanes: int16x8_t) {
    // SAFETY: the array has the 16 bytes that are written.
    unsafe { vst1q_s16(to.as_mut_ptr(), lanes) }
}

/// Register `i` of each input.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_all<const N: usize>(lanes: [&[[f32; LANES]]; N], i: usize) -> [float32x4_t; N] {
    // Not `array::map`: the standard library's code has not the features that a closure made here has.
    let mut all = [vdupq_n_f32(0.0); N];
    for (register, lanes) in all.iter_mut().zip(lanes) {
        *register = load(&lanes[i]);
    }
    all
}

/// Register `i` of a turn, of each input.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_of_turn<const N: usize, const TURN: usize>(
    turns: [&[[[f32; LANES]; TURN]]; N],
    turn: usize,
    i: usize,
) -> [float32x4_t; N] {
    let mut all = [vdupq_n_f32(0.0); N];
    for (register, turns) in all.iter_mut().zip(turns) {
        *register = load(&turns[turn][i]);
    }
    all
}

/// Less than a register of each input, 0 in the lanes behind it.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn load_rest<const N: usize>(rests: [&[f32]; N]) -> [float32x4_t; N] {
    let mut all = [vdupq_n_f32(0.0); N];
    for (register, rest) in all.iter_mut().zip(rests) {
        *register = load_first(rest, 0.0);
    }
    all
}
