//! The scalar variant.

use crate::exponential::scalar::{exp, map};

/// In `f64`, where no power that occurs is too large, rounded once.
pub(crate) fn silu(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        // Lower ones give 0, as this does; `-inf` would not.
        let x = if x < -150.0 { -150.0 } else { x };
        x / (1.0 + exp(-x))
    });
}
