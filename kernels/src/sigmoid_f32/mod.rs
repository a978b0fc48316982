//! Logistic function of each element of an `f32` vector.
//!
//! `y[i] = 1 / (1 + exp(-x[i]))`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Error: at most 3 ULP of the right value (2.41 found), over all of f32, results that are subnormal included: the
//! variants take it as `exp(x) / (1 + exp(x))` where `x` is negative, where nothing cancels. That of `-inf` is 0, of
//! `inf` 1, of a NaN a NaN.
//!
//! Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 3.10.

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
const ULPS: f64 = 3.0;

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "sigmoid_f32",
    summary: "logistic function of each element",
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
    // An exponential, an addition and a division an element.
    work: |shape| exponential::work(shape, 3),
    reference: |_, operands| exponential::reference(operands, ULPS, |x| 1.0 / (1.0 + libm::exp(-x))),
    workload: None,
    variants: &[
        variant!(Scalar, map, |x, y| scalar::sigmoid),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |x, y| avx2::sigmoid),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |x, y| avx512::sigmoid),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |x, y| neon::sigmoid),
    ],
};
