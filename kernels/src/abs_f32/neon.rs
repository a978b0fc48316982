//! The NEON variant.

use std::arch::aarch64::vabsq_f32;

use crate::elementwise::neon::map;

/// Four elements an instruction; the loads and the store decide.
#[target_feature(enable = "neon")]
pub(super) fn abs(a: &[f32], y: &mut [f32]) {
    map([a], y, |[a]| vabsq_f32(a));
}
