//! Affine codes of a byte, as `time_aware_quantize` and `spatial_group_quantize` share them: the range of a slab of
//! elements, the map from it to 0..=255, and the loops for both, one an ISA.
//!
//! Of a slab with the smallest element `m` and the largest `M`:
//!
//! ```text
//! s = (M - m) / 255        in f64, rounded to f32 at the end
//! r = 1 / s                in f32
//! z = 0 - m * r            in f32, the product and the difference rounded
//! q = round(min(max(w * r + z, 0), 255))
//! ```
//!
//! In `q` the product and the sum are each rounded to f32, half to even, and so is the last step. To clamp first or to
//! round first is the same. It is multiplied by `r` where the formula divides by `s`: divisions alone would take twice as
//! long as all the rest (five cycles for eight of them on Zen 4), and what the product loses is little beside half a
//! code. The smallest element gets the code 0 for certain, since `m * r` is what is taken off it. In f64 `M - m` does not
//! overflow.
//!
//! | a slab | `s` | `z` | codes |
//! |---|---|---|---|
//! | with a NaN or an infinity | NaN | NaN | 0 |
//! | without a range: no elements, or `M < m` | NaN | NaN | 0 |
//! | constant: `M - m` is under `2^-119` | `abs(m)` | 0, or 1 where `m < 0` | so that `s * (q - z)` is `m` |
//! | of zeros: constant, and `abs(m)` is under `2^-119` too | 0 | 0 | 0 |
//!
//! From `2^-119` on neither `r` nor `z` overflows; `w * r` of a weight far outside the range may, and is clamped.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::slabs::SMALLEST;

/// The largest code.
const LAST_CODE: f32 = 255.0;

/// The smallest and the largest of some elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// The smallest; which of the zeros does not matter.
    pub(crate) smallest: f32,
    /// The largest.
    pub(crate) largest: f32,
}

impl Range {
    /// Of no elements.
    pub(crate) const EMPTY: Self = Self { smallest: f32::INFINITY, largest: f32::NEG_INFINITY };
    /// Of elements with a NaN among them.
    pub(crate) const UNKNOWN: Self = Self { smallest: f32::NAN, largest: f32::NAN };

    /// Of elements that have these two at their ends, if no NaN is among them.
    fn of(smallest: f32, largest: f32, has_nan: bool) -> Self {
        if has_nan { Self::UNKNOWN } else { Self { smallest, largest } }
    }
}

/// The map from elements to codes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    /// The scale: how far two codes are apart.
    pub(crate) scale: f32,
    /// What code, or what between two, stands for zero.
    pub(crate) zero_point: f32,
    /// What an element is multiplied by.
    reciprocal: f32,
}

impl Affine {
    /// Of a slab that has no number to stand for it.
    pub(crate) const NONE: Self = Self { scale: f32::NAN, zero_point: f32::NAN, reciprocal: 0.0 };

    /// The one that spreads the codes over a range.
    #[expect(clippy::cast_possible_truncation, reason = "the rounding of the contract")]
    pub(crate) fn over(Range { smallest, largest }: Range) -> Self {
        if !(smallest.is_finite() && largest.is_finite() && smallest <= largest) {
            return Self::NONE;
        }
        let extent = f64::from(largest) - f64::from(smallest);
        if extent >= f64::from(SMALLEST) {
            let scale = (extent / f64::from(LAST_CODE)) as f32;
            let reciprocal = 1.0 / scale;
            Self { scale, zero_point: 0.0 - smallest * reciprocal, reciprocal }
        } else if smallest.abs() >= SMALLEST {
            let scale = smallest.abs();
            Self { scale, zero_point: if smallest < 0.0 { 1.0 } else { 0.0 }, reciprocal: 1.0 / scale }
        } else {
            Self { scale: 0.0, zero_point: 0.0, reciprocal: 0.0 }
        }
    }

    /// Whether it is that of a slab without a number.
    pub(crate) fn is_none(self) -> bool {
        self.scale.is_nan()
    }
}

/// Writes the codes of the elements in whole blocks by `encode`, which says whether they are all finite. What is left
/// at the end is done with the elements before it, as one more block, and where there are none, with zeros behind it.
#[inline]
fn by_blocks<const N: usize>(w: &[f32], codes: &mut [u8], mut encode: impl FnMut(&[f32; N], &mut [u8; N])) {
    let w = &w[..codes.len()];
    let (blocks, rest) = w.as_chunks::<N>();
    for (block, codes) in blocks.iter().zip(codes.as_chunks_mut::<N>().0) {
        encode(block, codes);
    }
    if rest.is_empty() {
        return;
    }
    if let (Some(block), Some(codes)) = (w.last_chunk(), codes.last_chunk_mut()) {
        encode(block, codes);
    } else {
        let (mut block, mut all) = ([0.0; N], [0; N]);
        block[..rest.len()].copy_from_slice(rest);
        encode(&block, &mut all);
        codes.copy_from_slice(&all[..rest.len()]);
    }
}

/// The right scale, zero point and codes of weights whose range is that from the least minimum to the greatest maximum,
/// for the references: the table and the formulas one by one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the rounding of the contract, and a number from 0 to 255"
)]
pub(crate) fn reference(minima: &[f32], maxima: &[f32], w: &[f32]) -> (f32, f32, Vec<u8>) {
    let no_number = (f32::NAN, f32::NAN, vec![0; w.len()]);
    let (Some(least), Some(greatest)) =
        (minima.iter().copied().min_by(f32::total_cmp), maxima.iter().copied().max_by(f32::total_cmp))
    else {
        return no_number;
    };
    if minima.iter().chain(maxima).chain(w).any(|element| !element.is_finite()) || greatest < least {
        return no_number;
    }
    let (nothing, extent) = (2.0_f64.powi(-119), f64::from(greatest) - f64::from(least));
    let (s, r, z) = if extent >= nothing {
        let s = (extent / 255.0) as f32;
        let product = least * (1.0 / s);
        (s, 1.0 / s, 0.0 - product)
    } else if f64::from(least.abs()) >= nothing {
        (least.abs(), 1.0 / least.abs(), if least < 0.0 { 1.0 } else { 0.0 })
    } else {
        (0.0, 0.0, 0.0)
    };
    let code = |w: &f32| {
        let product = w * r;
        (product + z).round_ties_even().clamp(0.0, 255.0) as u8
    };
    (s, z, w.iter().map(code).collect())
}
