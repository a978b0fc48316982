//! The AVX-512 variant.

use crate::ternary::{Scales, avx512};

/// On packed weights.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn gemv(packed: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    avx512::gemv(packed, a, scales, y);
}
