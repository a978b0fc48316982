//! The NEON variant.

use std::arch::aarch64::{vaddq_u8, vdupq_n_u8, vreinterpretq_u8_s8, vsliq_n_u8};

use crate::{
    groups::{I4, neon},
    lanes::neon::store_u8,
    slabs::neon::bytes,
};

/// One instruction shifts the second codes and puts them over the first.
#[target_feature(enable = "neon")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    neon::quantize(x, group, scales, codes, I4, |rounded, codes| {
        let (halves, _) = rounded.as_chunks();
        let with_offset = |half: usize| vaddq_u8(vreinterpretq_u8_s8(bytes(halves[half])), vdupq_n_u8(8));
        store_u8(codes, vsliq_n_u8::<4>(with_offset(0), with_offset(1)));
    });
}
