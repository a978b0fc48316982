//! The variant with ARM's dot product instructions.

use crate::ternary::{Vectors, dotprod};

/// On the weights as they come.
#[target_feature(enable = "neon,dotprod")]
pub(super) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    dotprod::gemm(w, vectors, s_w, y);
}
