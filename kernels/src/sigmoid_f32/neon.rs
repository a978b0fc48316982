//! The NEON variant.

use std::arch::aarch64::{vabsq_f32, vaddq_f32, vbslq_f32, vcltzq_f32, vdivq_f32, vdupq_n_f32, vmulq_f32, vnegq_f32};

use crate::exponential::{
    UNSCALE,
    neon::{map, scaled_exp_below_zero},
};

/// The same as with AVX2, four elements an instruction.
#[target_feature(enable = "neon")]
pub(super) fn sigmoid(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        let one = vdupq_n_f32(1.0);
        let scaled = scaled_exp_below_zero(vnegq_f32(vabsq_f32(x)), None);
        let exp = vmulq_f32(scaled, vdupq_n_f32(UNSCALE));
        vdivq_f32(vbslq_f32(vcltzq_f32(x), exp, one), vaddq_f32(one, exp))
    });
}
