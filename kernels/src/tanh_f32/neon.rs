//! The NEON variant.

use std::arch::aarch64::{
    float32x4_t, vabsq_f32, vaddq_f32, vbslq_f32, vdivq_f32, vdupq_n_f32, vdupq_n_u32, vminq_f32, vmulq_f32,
};

use crate::exponential::neon::{each, exp_m1_below_zero, map, pairs};

/// The same as with AVX2, four elements an instruction.
#[target_feature(enable = "neon")]
pub(super) fn tanh(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [float32x4_t; 4]| {
        // From 9.02 on it is 1.
        let magnitude = each(x, |x| vminq_f32(vdupq_n_f32(10.0), vabsq_f32(x)));
        let exp_m1 = exp_m1_below_zero(each(magnitude, |magnitude| vmulq_f32(magnitude, vdupq_n_f32(-2.0))));
        let quotient = each(exp_m1, |exp_m1| vdivq_f32(exp_m1, vaddq_f32(exp_m1, vdupq_n_f32(2.0))));
        pairs(quotient, x, |quotient, x| vbslq_f32(vdupq_n_u32(1 << 31), x, quotient))
    });
}
