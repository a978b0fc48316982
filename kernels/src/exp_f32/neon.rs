//! The NEON variant.

use std::arch::aarch64::float32x4_t;

use crate::exponential::neon::{exp as exponential, map};

/// The same as with AVX2, four elements an instruction.
#[target_feature(enable = "neon")]
pub(super) fn exp(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [float32x4_t; 4]| exponential(x));
}
