//! What `max_f32`, `min_f32`, `argmax_f32` and `argmin_f32` share: one loop an ISA, with the instruction as a closure
//! (see `elementwise`).
//!
//! The x86 instructions lose NaNs and take the two zeros for equal. So the loops note beside the best element whether
//! any was a NaN, one comparison for two registers; and a best element of zero, which is rare, costs a second pass
//! that settles its sign. The NEON instructions do both by themselves.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
mod place;
pub(crate) mod scalar;
#[cfg(target_arch = "x86_64")]
pub(crate) mod sse41;

/// Which end of the order is sought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extremum {
    /// The value of no elements, which every other one beats.
    pub(crate) empty: f32,
    /// The zero that beats the other one.
    pub(crate) zero: f32,
}

impl Extremum {
    /// The largest, `-0.0` below `0.0`.
    pub(crate) const MAXIMUM: Self = Self { empty: f32::NEG_INFINITY, zero: 0.0 };
    /// The smallest, `-0.0` below `0.0`.
    pub(crate) const MINIMUM: Self = Self { empty: f32::INFINITY, zero: -0.0 };

    /// Whether a number comes before another one; a zero before no zero.
    fn is_better(self, number: f32, than: f32) -> bool {
        if self.empty < 0.0 { number > than } else { number < than }
    }

    /// The answer, from a pass that found `best` among the numbers in `a`, up to the sign of a zero, and whether there
    /// are NaNs.
    pub(crate) fn settle(self, a: &[f32], best: f32, has_nan: bool) -> f32 {
        if has_nan {
            f32::NAN
        } else if best == 0.0 {
            let has_better_zero = a.iter().any(|element| element.to_bits() == self.zero.to_bits());
            if has_better_zero { self.zero } else { -self.zero }
        } else {
            best
        }
    }
}

/// The first and the last so many elements, which overlap, where there are as many.
#[cfg(target_arch = "x86_64")]
#[inline]
fn both_ends<const N: usize>(a: &[f32]) -> Option<[&[f32; N]; 2]> {
    Some([a.first_chunk()?, a.last_chunk()?])
}
