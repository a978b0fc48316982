//! Hyperbolic tangent of each element of an `f32` vector.
//!
//! `y[i] = tanh(x[i])`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Error: at most 3 ULP of the right value, over all of f32 (all numbers tried: 2.50): the variants take it as
//! `-m / (2 + m)` with `m = exp(-2 * |x|) - 1`, which is a polynomial of its own, so that nothing cancels near 0.
//! Subnormals are numbers like others. That of an infinity is 1 with its sign, of a NaN a NaN; a zero keeps its sign.
//!
//! Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.3.2.

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
    id: "tanh_f32",
    summary: "hyperbolic tangent of each element",
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
    // An exponential, an addition, a subtraction and a division an element.
    work: |shape| exponential::work(shape, 4),
    reference: |_, operands| exponential::reference(operands, ULPS, libm::tanh),
    workload: None,
    variants: &[
        variant!(Scalar, map, |x, y| scalar::tanh),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |x, y| avx2::tanh),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |x, y| avx512::tanh),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |x, y| neon::tanh),
    ],
};
