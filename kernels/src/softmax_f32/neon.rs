//! The NEON variant.

use std::arch::aarch64::{vdupq_n_f32, vmulq_f32};

use crate::{
    exponential::neon::map_in_place,
    softmax::neon::{exponentials, maximum},
};

/// The multiplication takes off the factor of the exponentials too.
#[target_feature(enable = "neon")]
pub(super) fn softmax(x: &[f32], y: &mut [f32]) {
    let share = vdupq_n_f32(1.0 / exponentials(x, y, maximum(x)));
    map_in_place(y, |y| vmulq_f32(y, share));
}
