//! The scalar variant.

use super::{DENOMINATOR, HIGHEST, NUMERATOR};
use crate::exponential::scalar::{exp, map};

/// In `f64`, where `t^2` is exact, rounded once.
pub(super) fn gelu(x: &[f32], y: &mut [f32]) {
    let [a0, a1, a2, a3, a4] = NUMERATOR.map(f64::from);
    let [b1, b2, b3, b4, b5] = DENOMINATOR.map(f64::from);
    map(x, y, |x| {
        let t = if x.abs() > f64::from(HIGHEST) { f64::from(HIGHEST) } else { x.abs() };
        let numerator = a0 + t * (a1 + t * (a2 + t * (a3 + t * a4)));
        let denominator = 1.0 + t * (b1 + t * (b2 + t * (b3 + t * (b4 + t * b5))));
        let positive = if x < 0.0 { 0.0 } else { x };
        positive - t * exp(-0.5 * t * t) * numerator / denominator
    });
}
