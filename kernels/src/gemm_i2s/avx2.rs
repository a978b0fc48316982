//! The AVX2 variant.

use crate::ternary::{Vectors, avx2};

/// On packed weights.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gemm(packed: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    avx2::gemm(packed, vectors, s_w, y);
}
