//! The NEON variant.

use crate::ternary::{Vectors, neon};

/// On the weights as they come.
#[target_feature(enable = "neon")]
pub(super) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    neon::gemm(w, vectors, s_w, y);
}
