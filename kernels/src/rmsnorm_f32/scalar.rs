//! The scalar variant.

use super::EPSILON;

/// The squares in `f64`, where no sum of them is too large: in order.
#[expect(clippy::cast_possible_truncation, reason = "the one rounding to the type of the output")]
pub(crate) fn rmsnorm(x: &[f32], w: &[f32], y: &mut [f32]) {
    let squares = x.iter().fold(0.0, |sum, &x| sum + f64::from(x) * f64::from(x));
    let scale = 1.0 / (squares / x.len() as f64 + f64::from(EPSILON)).sqrt();
    for ((y, x), w) in y.iter_mut().zip(x).zip(w) {
        *y = (f64::from(*x) * scale * f64::from(*w)) as f32;
    }
}
