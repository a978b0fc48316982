//! The NEON variant.

use std::arch::aarch64::vreinterpretq_u8_s8;

use crate::{
    groups::{I8, neon},
    lanes::neon::store_u8,
    slabs::neon::bytes,
};

/// Sixteen codes are a register.
#[target_feature(enable = "neon")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    neon::quantize(x, group, scales, codes, I8, |rounded, codes: &mut [u8; 32]| {
        for (codes, rounded) in codes.as_chunks_mut().0.iter_mut().zip(rounded.as_chunks().0) {
            store_u8(codes, vreinterpretq_u8_s8(bytes(*rounded)));
        }
    });
}
