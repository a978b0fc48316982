//! The NEON variant.

use std::arch::aarch64::{vabsq_f32, vaddq_f32, vbslq_f32, vdivq_f32, vdupq_n_f32, vdupq_n_u32, vminq_f32, vmulq_f32};

use crate::exponential::neon::{exp_m1_below_zero, map};

/// The same as with AVX2, four elements an instruction.
#[target_feature(enable = "neon")]
pub(super) fn tanh(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        // From 9.02 on it is 1.
        let magnitude = vminq_f32(vdupq_n_f32(10.0), vabsq_f32(x));
        let exp_m1 = exp_m1_below_zero(vmulq_f32(magnitude, vdupq_n_f32(-2.0)));
        let quotient = vdivq_f32(exp_m1, vaddq_f32(exp_m1, vdupq_n_f32(2.0)));
        vbslq_f32(vdupq_n_u32(1 << 31), x, quotient)
    });
}
