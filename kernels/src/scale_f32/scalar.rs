//! The scalar variant.

use crate::elementwise::scalar::map;

/// As plain as it is.
pub(super) fn scale(a: &[f32], alpha: f32, y: &mut [f32]) {
    map([a], y, |[a]| alpha * a);
}
