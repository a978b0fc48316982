//! Exponential of each element of an `f32` vector.
//!
//! `y[i] = exp(x[i])`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Error: at most 1 ULP of the right value, over all of f32 (all numbers tried: 0.90). The exponential of a number
//! above `ln(f32::MAX)` (88.72) is infinite, that of one below -103.97 is 0, that of `-inf` is 0, of `inf` infinite, of
//! a NaN a NaN. Results below `2^-126` are subnormal, and within the same bound; none is flushed to 0.
//!
//! Source: Cody and Waite, Software Manual for the Elementary Functions, 1980, chapter 6 (the reduction of the range).

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    elementwise, exponential,
    kernel::{Contract, Kernel, Profile, ShapeRow, ThroughputUnit},
    signature::variant,
};

/// How far an output may be off, in ULP of the right value.
const ULPS: f64 = 1.0;

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "exp_f32",
    summary: "exponential of each element",
    contract: Contract::Tolerance,
    bound: exponential::bound,
    unit: ThroughputUnit::ElementsPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n1000", vector: None, scalar: None },
        ShapeRow { shape: "n4096", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n1000000", vector: None, scalar: None },
    ],
    counted: &["n4096"],
    layout: exponential::layout,
    fill: elementwise::fill,
    // An exponential an element.
    work: |shape| exponential::work(shape, 1),
    reference: |_, operands| exponential::reference(operands, ULPS, libm::exp),
    workload: None,
    variants: &[
        variant!(Scalar, map, |x, y| scalar::exp),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |x, y| avx2::exp),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |x, y| avx512::exp),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |x, y| neon::exp),
    ],
};
