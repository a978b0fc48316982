//! The NEON variant.

use crate::{
    gemv_i2s::neon,
    ternary::{Scales, Vectors},
};

/// Vector by vector.
#[target_feature(enable = "neon")]
pub(super) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    let Some(m) = y.len().checked_div(vectors.s_a.len()).filter(|&m| m > 0) else { return };
    for ((a, s_a), y) in vectors.each().zip(y.chunks_mut(m)) {
        neon::gemv(w, a, Scales { s_a, s_w }, y);
    }
}
