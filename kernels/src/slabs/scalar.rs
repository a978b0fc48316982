//! The passes of the scalar variants.

use super::{MAGNITUDE, Slab};

/// What the elements are to their quantiser.
#[inline]
pub(crate) fn slab(x: &[f32]) -> Slab {
    Slab::of(absmax(x))
}

/// The largest magnitude, 0 of no elements; each is read once.
#[inline]
pub(crate) fn absmax(x: &[f32]) -> f32 {
    f32::from_bits(x.iter().fold(0, |most, x| larger(most, *x)))
}

/// The bits of the largest magnitude so far, and of another element's where those are larger.
#[inline]
pub(crate) fn larger(most: u32, element: f32) -> u32 {
    // Neither has a sign, and the ABI floor compares signed integers alone.
    let magnitude = element.to_bits() & MAGNITUDE;
    if magnitude.cast_signed() > most.cast_signed() { magnitude } else { most }
}

/// The nearest integer, half to even, of a number of at most `2^22`: what is added leaves no room for a fraction, and
/// the integer stands in the low bits of the sum. (The ABI floor has no instruction for it, and a call of a library's
/// function takes as long as ten such additions.)
#[inline]
pub(crate) fn round(number: f32) -> i32 {
    /// `1.5 * 2^23`.
    const PUSH: f32 = 12_582_912.0;
    (number + PUSH).to_bits().cast_signed() - PUSH.to_bits().cast_signed()
}
