//! The AVX2 variant, slower on purpose: an eighth of the rows is done twice. For tests of the instrument.

use crate::ternary::{Scales, avx2};

/// On packed weights, whose rows stand in whole groups.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gemv(packed: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let again = y.len().div_ceil(8);
    avx2::gemv(packed, a, scales, &mut y[..again]);
    avx2::gemv(packed, a, scales, y);
}
