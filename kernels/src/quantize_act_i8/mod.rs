//! 8-bit codes of a vector of activations, with one scale for all, as `gemv_i2s` takes them.
//!
//! `s_a = 127 / max |a[i]|`, `a_q[i] = round(a[i] * s_a)`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[k]` | f32 | contiguous |
//! | `s_a` | `[1]` | f32 | first in the output |
//! | `a_q` | `[k]` | i8 | contiguous, behind `s_a` |
//!
//! `k` is a multiple of 4. The codes are -127 to 127.
//!
//! Exact: the quotient is rounded to f32, each product is rounded to f32, and then to an integer, always half to even.
//! A slab with a NaN or an infinity has the scale NaN and the codes 0, so that nothing plausible is made of it; one
//! whose largest magnitude is under `2^-119`, or that has no elements, counts as zeros: the scale 1 and the codes 0.
//!
//! Source: the activations of `BitNet` b1.58 (Ma et al., The Era of 1-bit LLMs, 2024), one scale a token, with 127 in
//! place of 128 so that no code has to be clamped.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::{
    inputs::Stream,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    shape::Extent,
    signature::variant,
    slabs::Slab,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "quantize_act_i8",
    summary: "8-bit codes of a vector, one scale",
    contract: Contract::Exact,
    bound: |_, _| Bound::Throughput,
    unit: ThroughputUnit::ElementsPerSecond,
    extents: &[Extent { letter: 'k', multiple_of: 4 }],
    rows: &[ShapeRow { shape: "k4096", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) }],
    counted: &["k4096"],
    layout: |shape| {
        let k = shape.extent('k');
        Layout { inputs: vec![4 * k], output: 4 + k, scratch: 0 }
    },
    fill: |_, operands, seed| Stream::new(seed, 0).fill_f32(operands.input_mut(0)),
    work: |shape| {
        let k = shape.extent('k') as u64;
        // A comparison, a product and a rounding each.
        Work { flops: 3 * k, bytes: 5 * k + 4, elements: k, tokens: None }
    },
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, quantize_slab, |a, codes| scalar::quantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, quantize_slab, |a, codes| avx2::quantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, quantize_slab, |a, codes| avx512::quantize),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, quantize_slab, |a, codes| neon::quantize),
    ],
};

/// The largest code.
const LEVELS: f32 = 127.0;

impl Slab {
    /// The scale of activations; as an error where all codes are 0, the scale that stands for that.
    #[inline]
    fn activation_scale(self) -> Result<f32, f32> {
        match self {
            Self::Numbers(largest) => Ok(LEVELS / largest),
            Self::Zeros => Err(1.0),
            Self::NotNumbers => Err(f32::NAN),
        }
    }
}

fn reference(operands: &Operands<'_>) -> Reference {
    let (scale, codes) = reference_codes(operands.input(0));
    Reference::exact_parts(&[scale], bytemuck::cast_slice(&codes))
}

/// The right scale and codes of activations: element by element, by the standard library's rounding.
#[expect(clippy::cast_possible_truncation, reason = "a rounded code is at most 127")]
pub(crate) fn reference_codes(a: &[f32]) -> (f32, Vec<i8>) {
    let largest = a.iter().fold(0.0, |largest: f32, a| largest.max(a.abs()));
    let (scale, factor) = if a.iter().any(|a| !a.is_finite()) {
        (f32::NAN, None)
    } else if largest < 2.0_f32.powi(-119) {
        (1.0, None)
    } else {
        (127.0 / largest, Some(127.0 / largest))
    };
    (scale, a.iter().map(|a| factor.map_or(0, |factor| (a * factor).round_ties_even() as i8)).collect())
}
