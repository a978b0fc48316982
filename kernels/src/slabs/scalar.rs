//! The passes of the scalar variants.

use super::{MAGNITUDE, Slab};

/// Reads the slab once.
#[inline]
pub(crate) fn slab(x: &[f32]) -> Slab {
    Slab::of_magnitude(x.iter().fold(0, |largest, x| largest.max(x.to_bits() & MAGNITUDE)))
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
