//! The NEON variant.

use std::arch::aarch64::{
    float32x4_t, vabsq_f32, vdivq_f32, vdupq_n_f32, vfmaq_f32, vfmsq_f32, vmaxq_f32, vminq_f32, vmulq_f32, vnegq_f32,
};

use super::{DENOMINATOR, HIGHEST, NUMERATOR};
use crate::exponential::{
    UNSCALE,
    neon::{each, map, pairs, scaled_exp_of_squares},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "neon")]
pub(super) fn gelu(x: &[f32], y: &mut [f32]) {
    let ([a0, a1, a2, a3, a4], [b1, b2, b3, b4, b5]) = (NUMERATOR, DENOMINATOR);
    map(x, y, |x: [float32x4_t; 4]| {
        let t = each(x, |x| vminq_f32(vdupq_n_f32(HIGHEST), vabsq_f32(x)));
        let square = each(t, |t| vmulq_f32(t, t));
        let low = pairs(square, t, |square, t| vfmaq_f32(vnegq_f32(square), t, t));
        let scaled = scaled_exp_of_squares(square, low);
        let scaled = pairs(scaled, t, |scaled, t| vmulq_f32(scaled, t));

        let numerator = each(t, |t| vfmaq_f32(vdupq_n_f32(a3), vdupq_n_f32(a4), t));
        let numerator = pairs(numerator, t, |sum, t| vfmaq_f32(vdupq_n_f32(a2), sum, t));
        let numerator = pairs(numerator, t, |sum, t| vfmaq_f32(vdupq_n_f32(a1), sum, t));
        let numerator = pairs(numerator, t, |sum, t| vfmaq_f32(vdupq_n_f32(a0), sum, t));
        let denominator = each(t, |t| vfmaq_f32(vdupq_n_f32(b4), vdupq_n_f32(b5), t));
        let denominator = pairs(denominator, t, |sum, t| vfmaq_f32(vdupq_n_f32(b3), sum, t));
        let denominator = pairs(denominator, t, |sum, t| vfmaq_f32(vdupq_n_f32(b2), sum, t));
        let denominator = pairs(denominator, t, |sum, t| vfmaq_f32(vdupq_n_f32(b1), sum, t));
        let denominator = pairs(denominator, t, |sum, t| vfmaq_f32(vdupq_n_f32(1.0), sum, t));
        let ratio = pairs(numerator, denominator, |numerator, denominator| vdivq_f32(numerator, denominator));

        let product = pairs(scaled, ratio, |scaled, ratio| vmulq_f32(scaled, ratio));
        pairs(product, x, |product, x| vfmsq_f32(vmaxq_f32(vdupq_n_f32(0.0), x), product, vdupq_n_f32(UNSCALE)))
    });
}
