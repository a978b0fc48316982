//! The scalar variant.

use crate::elementwise::scalar::map;

/// As plain as it is.
pub(super) fn mul(a: &[f32], b: &[f32], y: &mut [f32]) {
    map([a, b], y, |[a, b]| a * b);
}
