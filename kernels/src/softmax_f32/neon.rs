//! The NEON variant.

use std::arch::aarch64::{float32x4_t, vdupq_n_f32, vmulq_f32};

use crate::{
    exponential::neon::{each, map_in_place},
    softmax::neon::{exponentials, maximum},
};

/// The multiplication takes off the factor of the exponentials too.
#[target_feature(enable = "neon")]
pub(crate) fn softmax(x: &[f32], y: &mut [f32]) {
    let share = vdupq_n_f32(1.0 / exponentials(x, y, maximum(x)));
    map_in_place(y, |y: [float32x4_t; 4]| each(y, |y| vmulq_f32(y, share)));
}
