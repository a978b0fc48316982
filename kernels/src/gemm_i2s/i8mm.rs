//! The variant with ARM's matrix product instructions.

use crate::ternary::{Vectors, i8mm};

/// On the weights as they come.
#[target_feature(enable = "neon,dotprod,i8mm")]
pub(super) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    i8mm::gemm(w, vectors, s_w, y);
}
