//! The scalar variant.

use crate::elementwise::scalar::map;

/// As plain as it is.
pub(super) fn abs(a: &[f32], y: &mut [f32]) {
    map([a], y, |[a]| a.abs());
}
