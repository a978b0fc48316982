//! The NEON variant.

use std::arch::aarch64::vsubq_f32;

use crate::elementwise::neon::map;

/// Four elements an instruction; the loads and the store decide.
#[target_feature(enable = "neon")]
pub(super) fn sub(a: &[f32], b: &[f32], y: &mut [f32]) {
    map([a, b], y, |[a, b]| vsubq_f32(a, b));
}
