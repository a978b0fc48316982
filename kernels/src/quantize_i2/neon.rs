//! The NEON variant.

use std::arch::aarch64::{
    vadd_s8, vaddq_s8, vdup_n_s8, vget_high_s8, vget_low_s8, vreinterpret_u8_s8, vshl_n_s8, vshlq_n_s8,
};

use crate::{
    groups::{I2, neon},
    lanes::neon::store_half_u8,
    slabs::neon::bytes,
};

/// The four codes of a byte are added up, shifted, with their offsets at the end.
#[target_feature(enable = "neon")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    neon::quantize(x, group, scales, codes, I2, |rounded, codes| {
        let (halves, _) = rounded.as_chunks();
        let pairs = vaddq_s8(bytes(halves[0]), vshlq_n_s8::<4>(bytes(halves[1])));
        let fours = vadd_s8(vget_low_s8(pairs), vshl_n_s8::<2>(vget_high_s8(pairs)));
        store_half_u8(codes, vreinterpret_u8_s8(vadd_s8(fours, vdup_n_s8(0b01_01_01_01))));
    });
}
