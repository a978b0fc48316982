//! The scalar variant.

use crate::elementwise::scalar::map;

/// The product is rounded: a fused operation is a call where the ABI floor has none.
pub(super) fn axpy(x: &[f32], z: &[f32], alpha: f32, y: &mut [f32]) {
    map([x, z], y, |[x, z]| alpha * x + z);
}
