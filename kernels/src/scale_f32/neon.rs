//! The NEON variant.

use std::arch::aarch64::vmulq_n_f32;

use crate::elementwise::neon::map;

/// Four elements an instruction; the loads and the store decide.
#[target_feature(enable = "neon")]
pub(super) fn scale(a: &[f32], alpha: f32, y: &mut [f32]) {
    map([a], y, |[a]| vmulq_n_f32(a, alpha));
}
