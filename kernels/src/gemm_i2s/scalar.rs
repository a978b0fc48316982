//! The scalar variant.

use crate::ternary::{Vectors, scalar};

/// On the weights as they come.
pub(super) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    scalar::gemm(w, vectors, s_w, y);
}
