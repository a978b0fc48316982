//! What `softmax_f32` and `log_softmax_f32` share: the largest element, and the sum of the exponentials.
//!
//! Each is a pass of its own, one file an ISA. The exponent is `x[i] - max(x)`, at most 0, so that no power is too
//! large; it is rounded already, which is why the exponential need not be better than what that rounding does to it.
//!
//! The search for the largest loses NaNs, as the instructions do: a NaN is found all the same, since it makes the sum
//! one.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::operands::Operands;

/// What is right for a row, in `f64`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// The largest element; NaN where an element is one.
    pub(crate) maximum: f64,
    /// The sum of the exponentials of the distances to it.
    pub(crate) sum: f64,
    /// How far a sum of `f32` may be off, as a share of it, and each term that it has, besides what the distance adds.
    pub(crate) error: f64,
}

impl Row {
    /// That of the first input.
    pub(crate) fn of(operands: &Operands<'_>) -> Self {
        let x = operands.input::<f32>(0);
        let maximum = x
            .iter()
            .copied()
            .map(f64::from)
            .fold(f64::NEG_INFINITY, |maximum, x| if maximum.is_nan() || x <= maximum { maximum } else { x });
        let sum = x.iter().map(|&x| libm::exp(f64::from(x) - maximum)).sum();
        // Sixteen partial sums and more; each term, and the operations after the sum, have a few roundings.
        let roundings = 8.0 + x.len() as f64 / 16.0;
        Self { maximum, sum, error: roundings * f64::from(f32::EPSILON) }
    }
}
