//! The AVX-512 variant.

use super::Slabs;
use crate::affine::avx512::{encode, range};

/// Sixteen elements an instruction, in both passes over a slab.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn quantize(w: &[f32], slabs: Slabs, y: &mut [f32]) {
    slabs.quantize(w, y, |w| range(w), |w, affine, codes| encode(w, affine, codes));
}
