//! The NEON variant.

use std::arch::aarch64::vaddq_f32;

use super::rows;
use crate::elementwise::neon::map;

/// Row by row: each ends in a part of a register, which a row of hundreds does not notice.
#[target_feature(enable = "neon")]
pub(super) fn add(a: &[f32], b: &[f32], y: &mut [f32], columns: usize) {
    for (a, b, y) in rows(a, b, y, columns) {
        map([a, b], y, |[a, b]| vaddq_f32(a, b));
    }
}
