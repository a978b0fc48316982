//! The NEON variant.

use std::arch::aarch64::vreinterpretq_s8_u8;

use crate::{
    groups::neon,
    lanes::neon::{load_u8, widen_i8},
};

/// Sixteen bytes become four registers of integers, of numbers, of products.
#[target_feature(enable = "neon")]
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    neon::dequantize(scales, codes, group, y, |bytes: &[u8; 32], scale| {
        let (halves, _) = bytes.as_chunks();
        let numbers = |i: usize| widen_i8(vreinterpretq_s8_u8(load_u8(&halves[i])));
        neon::scaled([numbers(0), numbers(1)], scale)
    });
}
