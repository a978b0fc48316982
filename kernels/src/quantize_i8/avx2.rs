//! The AVX2 variant.

use crate::{
    groups::{I8, avx2},
    lanes::avx2::store_u8,
    slabs::avx2::bytes,
};

/// Thirty-two codes are a register.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    avx2::quantize(x, group, scales, codes, I8, |rounded, codes| store_u8(codes, bytes(rounded)));
}
