//! The variant with ARM's matrix product instructions.

use crate::ternary::{Scales, i8mm};

/// On the weights as they come.
#[target_feature(enable = "neon,dotprod,i8mm")]
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    i8mm::gemv(w, a, scales, y);
}
