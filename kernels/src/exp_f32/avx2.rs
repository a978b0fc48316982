//! The AVX2 variant.

use std::arch::x86_64::__m256;

use crate::exponential::avx2::{exp as exponential, map};

/// Of the sixteen instructions an element's register takes, eleven are for the two multipliers.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn exp(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [__m256; 4]| exponential(x));
}
