//! The AVX-512 variant.

use std::arch::x86_64::__m512;

use crate::exponential::avx512::{exp as exponential, map};

/// A single instruction multiplies by the power of 2, and rounds what is subnormal.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn exp(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [__m512; 2]| exponential(x));
}
