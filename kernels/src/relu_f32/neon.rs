//! The NEON variant.

use std::arch::aarch64::{vbslq_f32, vcltzq_f32, vdupq_n_f32};

use crate::elementwise::neon::map;

/// Four elements an instruction; the loads and the store decide.
#[target_feature(enable = "neon")]
pub(super) fn relu(a: &[f32], y: &mut [f32]) {
    // Not the maximum, which has `0.0` above `-0.0`.
    let zero = vdupq_n_f32(0.0);
    map([a], y, |[a]| vbslq_f32(vcltzq_f32(a), zero, a));
}
