//! The scalar variant.

use crate::exponential::scalar::{exp as exponential, map};

/// In `f64`, rounded once.
pub(super) fn exp(x: &[f32], y: &mut [f32]) {
    map(x, y, exponential);
}
