//! The scalar variant.

use crate::exponential::scalar::{exp, map};

/// In `f64`, where no power that occurs is too large, rounded once.
pub(super) fn sigmoid(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| 1.0 / (1.0 + exp(-x)));
}
