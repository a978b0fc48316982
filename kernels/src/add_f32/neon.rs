//! The NEON variant.

use std::arch::aarch64::vaddq_f32;

use crate::elementwise::neon::map;

/// Four elements an instruction; the loads and the store decide.
#[target_feature(enable = "neon")]
pub(super) fn add(a: &[f32], b: &[f32], y: &mut [f32]) {
    map([a, b], y, |[a, b]| vaddq_f32(a, b));
}
