//! The NEON variant.

use std::arch::aarch64::{float32x4_t, vbslq_f32, vcgtq_f32, vcltq_f32, vdupq_n_f32};

use super::Bounds;
use crate::elementwise::neon::map;

/// Four elements an instruction; the loads and the store decide.
#[target_feature(enable = "neon")]
pub(super) fn clip(a: &[f32], bounds: Bounds, y: &mut [f32]) {
    // Not the maximum and minimum, which have `0.0` above `-0.0` and keep the NaN of a bound.
    let (lower, upper) = (vdupq_n_f32(bounds.lower), vdupq_n_f32(bounds.upper));
    let raise = |a: float32x4_t| vbslq_f32(vcltq_f32(a, lower), lower, a);
    map([a], y, |[a]| {
        let a = raise(a);
        vbslq_f32(vcgtq_f32(a, upper), upper, a)
    });
}
