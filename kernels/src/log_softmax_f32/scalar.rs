//! The scalar variant.

use crate::{
    exponential::scalar::map,
    softmax::scalar::{maximum, sum},
};

/// In `f64`, rounded once.
pub(super) fn log_softmax(x: &[f32], y: &mut [f32]) {
    let maximum = maximum(x);
    let logarithm = sum(x, maximum, |_, _| ()).ln();
    map(x, y, |x| x - f64::from(maximum) - logarithm);
}
