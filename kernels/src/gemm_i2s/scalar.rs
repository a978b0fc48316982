//! The scalar variant.

use crate::ternary::{Scales, Vectors, scalar};

/// Vector by vector.
pub(super) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    let Some(m) = y.len().checked_div(vectors.s_a.len()).filter(|&m| m > 0) else { return };
    for ((a, s_a), y) in vectors.each().zip(y.chunks_mut(m)) {
        scalar::gemv(w, a, Scales { s_a, s_w }, y);
    }
}
