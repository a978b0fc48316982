//! The passes of the scalar variants.

use crate::exponential::scalar::exp;

/// The largest of the numbers in `x`.
#[inline]
pub(crate) fn maximum(x: &[f32]) -> f32 {
    x.iter().fold(f32::NEG_INFINITY, |maximum, &x| if x > maximum { x } else { maximum })
}

/// `exp(x[i] - maximum)`, each in `f64`; `keep` gets them with their places.
#[inline]
pub(crate) fn sum(x: &[f32], maximum: f32, mut keep: impl FnMut(usize, f64)) -> f64 {
    let maximum = f64::from(maximum);
    let mut sum = 0.0;
    for (place, x) in x.iter().enumerate() {
        let power = exp(f64::from(*x) - maximum);
        sum += power;
        keep(place, power);
    }
    sum
}
