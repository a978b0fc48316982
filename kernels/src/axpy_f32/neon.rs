//! The NEON variant.

use std::arch::aarch64::vfmaq_n_f32;

use crate::elementwise::neon::map;

/// Four elements an instruction; the loads and the store decide.
#[target_feature(enable = "neon")]
pub(super) fn axpy(x: &[f32], z: &[f32], alpha: f32, y: &mut [f32]) {
    map([x, z], y, |[x, z]| vfmaq_n_f32(z, x, alpha));
}
