//! The scalar variant.

use crate::ternary::{Scales, scalar};

/// On the weights as they come.
pub(super) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    scalar::gemv(w, a, scales, y);
}
