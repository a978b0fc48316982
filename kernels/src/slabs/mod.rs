//! What the quantising kernels share: how a slab (a vector, a row, a group) gets its scale, and how its codes are
//! rounded and packed.
//!
//! A slab is scaled by its largest magnitude. Magnitudes are compared as the integers that their bits are, which have
//! the same order, with the infinity above all numbers and every NaN above that: so neither is lost, on any ISA.
//!
//! Rounding is by each ISA's own instruction to the nearest integer, half to even.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

/// The bits of an `f32` but its sign.
pub(crate) const MAGNITUDE: u32 = 0x7fff_ffff;
/// `2^-119`, below which a slab counts as zeros: from there on 127 divided by a magnitude is in the range of `f32`, and
/// so is four times that, and a magnitude divided by 127 is no subnormal.
pub(crate) const SMALLEST: f32 = f32::from_bits((127 - 119) << 23);
/// Elements that are encoded at a time.
pub(crate) const CHUNK: usize = 32;

/// What a slab is to its quantiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Slab {
    /// Its largest magnitude is this, at least [`SMALLEST`].
    Numbers(f32),
    /// Nothing, zeros, or numbers so small that they count as zeros.
    Zeros,
    /// It has a NaN or an infinity.
    NotNumbers,
}

impl Slab {
    /// By its largest magnitude, 0 where it has no elements.
    #[inline]
    pub(crate) fn of(absmax: f32) -> Self {
        if !absmax.is_finite() {
            Self::NotNumbers
        } else if absmax < SMALLEST {
            Self::Zeros
        } else {
            Self::Numbers(absmax)
        }
    }
}
