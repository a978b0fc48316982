//! The AVX-512 variant.

use crate::{
    groups::{I8, avx512},
    slabs::avx512::pack_i8,
};

/// Sixteen codes are packed by the instruction that stores them.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    avx512::quantize(x, group, scales, codes, I8, |rounded, codes| pack_i8(rounded, codes));
}
