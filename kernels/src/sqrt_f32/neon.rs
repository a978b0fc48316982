//! The NEON variant.

use std::arch::aarch64::vsqrtq_f32;

use crate::elementwise::neon::map;

/// Four elements an instruction, which takes several times as long as the loads and the store.
#[target_feature(enable = "neon")]
pub(super) fn sqrt(a: &[f32], y: &mut [f32]) {
    map([a], y, |[a]| vsqrtq_f32(a));
}
