//! The NEON variant.

use std::arch::aarch64::{
    uint8x8_t, uint8x16_t, vandq_u8, vcombine_u8, vdupq_n_s8, vdupq_n_u8, vreinterpretq_s8_u8, vshr_n_u8, vsubq_s8,
};

use crate::{
    groups::neon,
    lanes::neon::{load_half_u8, widen_i8},
};

/// Eight bytes become eight registers of integers, of numbers, of products.
#[target_feature(enable = "neon")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    neon::dequantize(scales, codes, group, y, |bytes, scale| {
        let fours: uint8x8_t = load_half_u8(bytes);
        let numbers = |shifted: uint8x16_t| {
            let bits = vreinterpretq_s8_u8(vandq_u8(shifted, vdupq_n_u8(3)));
            widen_i8(vsubq_s8(bits, vdupq_n_s8(1)))
        };
        neon::scaled(
            [
                numbers(vcombine_u8(fours, vshr_n_u8::<2>(fours))),
                numbers(vcombine_u8(vshr_n_u8::<4>(fours), vshr_n_u8::<6>(fours))),
            ],
            scale,
        )
    });
}
