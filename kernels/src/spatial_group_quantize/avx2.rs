//! The AVX2 variant.

use super::Slabs;
use crate::affine::avx2::{encode, range};

/// Eight elements an instruction, in both passes over a slab.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn quantize(w: &[f32], slabs: Slabs, y: &mut [f32]) {
    slabs.quantize(w, y, |w| range(w), |w, affine, codes| encode(w, affine, codes));
}
