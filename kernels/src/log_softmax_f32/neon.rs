//! The NEON variant.

use std::arch::aarch64::{float32x4_t, vdupq_n_f32, vsubq_f32};

use crate::{
    exponential::neon::{each, map},
    softmax::neon::{maximum, sum},
};

/// Two subtractions, since the first is exact for the elements that matter most, those near the largest.
#[target_feature(enable = "neon")]
pub(super) fn log_softmax(x: &[f32], y: &mut [f32]) {
    let largest = maximum(x);
    let (maximum, logarithm) = (vdupq_n_f32(largest), vdupq_n_f32(sum(x, largest).ln()));
    map(x, y, |x: [float32x4_t; 4]| each(x, |x| vsubq_f32(vsubq_f32(x, maximum), logarithm)));
}
