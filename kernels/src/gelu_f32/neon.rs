//! The NEON variant.

use std::arch::aarch64::{
    vabsq_f32, vdivq_f32, vdupq_n_f32, vfmaq_f32, vfmsq_f32, vmaxq_f32, vminq_f32, vmulq_f32, vnegq_f32,
};

use super::{DENOMINATOR, HIGHEST, NUMERATOR};
use crate::exponential::{
    UNSCALE,
    neon::{map, scaled_exp_below_zero},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "neon")]
pub(super) fn gelu(x: &[f32], y: &mut [f32]) {
    let ([a0, a1, a2, a3, a4], [b1, b2, b3, b4, b5]) = (NUMERATOR, DENOMINATOR);
    map(x, y, |x| {
        let t = vminq_f32(vdupq_n_f32(HIGHEST), vabsq_f32(x));
        let minus_half = vdupq_n_f32(-0.5);
        let square = vmulq_f32(t, t);
        let low = vmulq_f32(vfmaq_f32(vnegq_f32(square), t, t), minus_half);
        let scaled = scaled_exp_below_zero(vmulq_f32(square, minus_half), Some(low));

        let numerator = vfmaq_f32(vdupq_n_f32(a3), vdupq_n_f32(a4), t);
        let numerator = vfmaq_f32(vdupq_n_f32(a2), numerator, t);
        let numerator = vfmaq_f32(vdupq_n_f32(a1), numerator, t);
        let numerator = vfmaq_f32(vdupq_n_f32(a0), numerator, t);
        let denominator = vfmaq_f32(vdupq_n_f32(b4), vdupq_n_f32(b5), t);
        let denominator = vfmaq_f32(vdupq_n_f32(b3), denominator, t);
        let denominator = vfmaq_f32(vdupq_n_f32(b2), denominator, t);
        let denominator = vfmaq_f32(vdupq_n_f32(b1), denominator, t);
        let denominator = vfmaq_f32(vdupq_n_f32(1.0), denominator, t);

        let ratio = vdivq_f32(numerator, denominator);
        let product = vmulq_f32(vmulq_f32(scaled, t), ratio);
        let positive = vmaxq_f32(vdupq_n_f32(0.0), x);
        vfmsq_f32(positive, product, vdupq_n_f32(UNSCALE))
    });
}
