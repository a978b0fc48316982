//! The variant with ARM's dot product instructions.

use crate::ternary::{Scales, dotprod};

/// On the weights as they come.
#[target_feature(enable = "neon,dotprod")]
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    dotprod::gemv(w, a, scales, y);
}
