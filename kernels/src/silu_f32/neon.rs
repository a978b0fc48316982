//! The NEON variant.

use std::arch::aarch64::{
    float32x4_t, vabsq_f32, vdivq_f32, vdupq_n_f32, vfmaq_f32, vfmsq_f32, vmaxq_f32, vminq_f32, vmulq_f32, vnegq_f32,
};

use crate::exponential::{
    LOWEST, UNSCALE,
    neon::{each, map, pairs, scaled_exp},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "neon")]
pub(crate) fn silu(x: &[f32], y: &mut [f32]) {
    map(x, y, |x: [float32x4_t; 4]| {
        let unscale = vdupq_n_f32(UNSCALE);
        let magnitude = each(x, |x| vminq_f32(vdupq_n_f32(-LOWEST), vabsq_f32(x)));
        let scaled = scaled_exp(each(magnitude, |magnitude| vnegq_f32(magnitude)));
        let sum = each(scaled, |scaled| vfmaq_f32(vdupq_n_f32(1.0), scaled, unscale));
        let product = pairs(magnitude, scaled, |magnitude, scaled| vmulq_f32(magnitude, scaled));
        let quotient = pairs(product, sum, |product, sum| vdivq_f32(product, sum));
        pairs(quotient, x, |quotient, x| vfmsq_f32(vmaxq_f32(vdupq_n_f32(0.0), x), quotient, unscale))
    });
}
