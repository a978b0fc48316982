//! The NEON variant.

use std::arch::aarch64::vdivq_f32;

use crate::elementwise::neon::map;

/// Four elements an instruction; beyond the nearest cache the loads and the store decide, before it the divider.
#[target_feature(enable = "neon")]
pub(super) fn div(a: &[f32], b: &[f32], y: &mut [f32]) {
    map([a, b], y, |[a, b]| vdivq_f32(a, b));
}
