//! The scalar variant.

use super::Slabs;
use crate::affine::scalar::{encode, range};

/// The compiler vectorises both passes over a slab.
pub(super) fn quantize(w: &[f32], slabs: Slabs, y: &mut [f32]) {
    slabs.quantize(w, y, range, encode);
}
