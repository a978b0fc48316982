//! The scalar variant.

use super::Bounds;
use crate::elementwise::scalar::map;

/// As plain as it is.
pub(super) fn clip(a: &[f32], bounds: Bounds, y: &mut [f32]) {
    map([a], y, |[a]| bounds.clip(a));
}
