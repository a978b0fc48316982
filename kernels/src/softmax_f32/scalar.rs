//! The scalar variant.

use crate::softmax::scalar::{maximum, sum};

/// The exponentials and their sum in `f64`, each rounded as it is kept.
#[expect(clippy::cast_possible_truncation, reason = "the roundings to the type of the output")]
pub(crate) fn softmax(x: &[f32], y: &mut [f32]) {
    /// What the exponentials are kept times, so that none that matters is subnormal.
    const SCALE: f64 = crate::exponential::SCALE as f64;
    let sum = sum(x, maximum(x), |place, power| y[place] = (power * SCALE) as f32);
    let share = (1.0 / (sum * SCALE)) as f32;
    for y in y.iter_mut() {
        *y *= share;
    }
}
