//! The scalar variant.

use crate::elementwise::scalar::map;

/// As plain as it is.
pub(super) fn relu(a: &[f32], y: &mut [f32]) {
    map([a], y, |[a]| if a < 0.0 { 0.0 } else { a });
}
