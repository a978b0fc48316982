//! The NEON variant.

use crate::ternary::{Scales, neon};

/// On the weights as they come.
#[target_feature(enable = "neon")]
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    neon::gemv(w, a, scales, y);
}
