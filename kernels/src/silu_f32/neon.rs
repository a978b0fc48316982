//! The NEON variant.

use std::arch::aarch64::{
    vabsq_f32, vdivq_f32, vdupq_n_f32, vfmaq_f32, vfmsq_f32, vmaxq_f32, vminq_f32, vmulq_f32, vnegq_f32,
};

use crate::exponential::{
    LOWEST, UNSCALE,
    neon::{map, scaled_exp_below_zero},
};

/// The last instruction takes off the factor of the exponential, subtracts and rounds, all at once.
#[target_feature(enable = "neon")]
pub(super) fn silu(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        let unscale = vdupq_n_f32(UNSCALE);
        let magnitude = vminq_f32(vdupq_n_f32(-LOWEST), vabsq_f32(x));
        let scaled = scaled_exp_below_zero(vnegq_f32(magnitude), None);
        let sum = vfmaq_f32(vdupq_n_f32(1.0), scaled, unscale);
        let product = vdivq_f32(vmulq_f32(magnitude, scaled), sum);
        vfmsq_f32(vmaxq_f32(vdupq_n_f32(0.0), x), product, unscale)
    });
}
