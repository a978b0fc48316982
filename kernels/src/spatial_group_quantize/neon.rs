//! The NEON variant.

use super::Slabs;
use crate::affine::neon::{encode, range};

/// Four elements an instruction, in both passes over a slab.
#[target_feature(enable = "neon")]
pub(super) fn quantize(w: &[f32], slabs: Slabs, y: &mut [f32]) {
    slabs.quantize(w, y, |w| range(w), |w, affine, codes| encode(w, affine, codes));
}
