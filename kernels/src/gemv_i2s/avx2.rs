//! The AVX2 variant.

use crate::ternary::{Scales, avx2};

/// On packed weights.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gemv(packed: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    avx2::gemv(packed, a, scales, y);
}
