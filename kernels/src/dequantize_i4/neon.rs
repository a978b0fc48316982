//! The NEON variant.

use std::arch::aarch64::{uint8x16_t, vandq_u8, vdupq_n_s8, vdupq_n_u8, vreinterpretq_s8_u8, vshrq_n_u8, vsubq_s8};

use crate::{
    groups::neon,
    lanes::neon::{load_u8, widen_i8},
};

/// Sixteen bytes become eight registers of integers, of numbers, of products.
#[target_feature(enable = "neon")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    neon::dequantize(scales, codes, group, y, |bytes, scale| {
        let pairs = load_u8(bytes);
        let numbers = |bits: uint8x16_t| widen_i8(vsubq_s8(vreinterpretq_s8_u8(bits), vdupq_n_s8(8)));
        neon::scaled([numbers(vandq_u8(pairs, vdupq_n_u8(15))), numbers(vshrq_n_u8::<4>(pairs))], scale)
    });
}
