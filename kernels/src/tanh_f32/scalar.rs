//! The scalar variant.

use crate::exponential::scalar::{exp_m1, map};

/// In `f64`, rounded once.
pub(super) fn tanh(x: &[f32], y: &mut [f32]) {
    map(x, y, |x| {
        let exp_m1 = exp_m1(-2.0 * x.abs());
        (-exp_m1 / (2.0 + exp_m1)).copysign(x)
    });
}
