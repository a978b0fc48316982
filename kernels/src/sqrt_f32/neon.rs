//! The NEON variant.

use std::arch::aarch64::vsqrtq_f32;

use crate::elementwise::neon::map;

/// Four elements an instruction; beyond the nearest cache the loads and the store decide, before it the divider.
#[target_feature(enable = "neon")]
pub(super) fn sqrt(a: &[f32], y: &mut [f32]) {
    map([a], y, |[a]| vsqrtq_f32(a));
}
