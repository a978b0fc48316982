//! The NEON variant.

use std::arch::aarch64::{
    float32x4_t, vabsq_f32, vaddq_f32, vbslq_f32, vcltzq_f32, vdivq_f32, vdupq_n_f32, vmaxq_f32, vmulq_f32, vnegq_f32,
};

use crate::exponential::{
    LOWEST, UNSCALE,
    neon::{each, map, pairs, scaled_exp},
};

/// The same as with AVX2, four elements an instruction.
#[target_feature(enable = "neon")]
pub(super) fn sigmoid(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [float32x4_t; 4]| {
        let one = vdupq_n_f32(1.0);
        let scaled = scaled_exp(each(x, |x| vmaxq_f32(vdupq_n_f32(LOWEST), vnegq_f32(vabsq_f32(x)))));
        let exp = each(scaled, |scaled| vmulq_f32(scaled, vdupq_n_f32(UNSCALE)));
        let numerator = pairs(exp, x, |exp, x| vbslq_f32(vcltzq_f32(x), exp, one));
        pairs(numerator, exp, |numerator, exp| vdivq_f32(numerator, vaddq_f32(one, exp)))
    });
}
