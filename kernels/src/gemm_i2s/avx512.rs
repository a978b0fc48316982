//! The AVX-512 variant.

use crate::ternary::{Vectors, avx512};

/// On packed weights.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn gemm(packed: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    avx512::gemm(packed, vectors, s_w, y);
}
