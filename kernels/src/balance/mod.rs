//! The balance of weights and activations, as `channel_equalize` and `smooth_activations` share it: the factor that
//! shares the range of a channel among the two, and the loops for the largest magnitudes of columns, one an ISA.
//!
//! `s = sqrt(a / b)`, of the largest magnitudes `a` and `b` of a channel's two sides: in f64 both steps, each rounded
//! there, and rounded to f32 at the end.
//!
//! | a channel | `s` |
//! |---|---|
//! | with a NaN or an infinity on either side | NaN |
//! | else, with a side that has no elements, or none from `2^-119` on: zeros | 1 |
//!
//! So a NaN goes to all that is made of the channel, and nothing else makes one: between these bounds neither `s` nor
//! `1 / s` leaves the normal range. The largest magnitude of a channel is an infinity or a NaN where it has one, as in `slabs`.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::slabs::SMALLEST;

/// The factor of a channel, of these largest magnitudes.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the rounding of the contract")]
pub(crate) fn factor(numerator: f32, denominator: f32) -> f32 {
    if !(numerator.is_finite() && denominator.is_finite()) {
        f32::NAN
    } else if numerator < SMALLEST || denominator < SMALLEST {
        1.0
    } else {
        (f64::from(numerator) / f64::from(denominator)).sqrt() as f32
    }
}

/// The right factor of a channel with these two sides, for the references: the table and the formula.
#[expect(clippy::cast_possible_truncation, reason = "the rounding of the contract")]
pub(crate) fn reference(numerator: &[f32], denominator: &[f32]) -> f32 {
    if numerator.iter().chain(denominator).any(|element| element.is_nan() || element.is_infinite()) {
        return f32::NAN;
    }
    let absmax = |side: &[f32]| side.iter().map(|&element| f64::from(element).abs()).fold(0.0, f64::max);
    let (a, b) = (absmax(numerator), absmax(denominator));
    let nothing = 2.0_f64.powi(-119);
    if a >= nothing && b >= nothing { (a / b).sqrt() as f32 } else { 1.0 }
}
