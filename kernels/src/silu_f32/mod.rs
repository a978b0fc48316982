//! Sigmoid linear unit of each element of an `f32` vector.
//!
//! `y[i] = x[i] / (1 + exp(-x[i]))`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Error: at most 4 ULP of the right value (3.35 found), over all of f32, results that are subnormal included. The
//! variants take it as `max(x, 0) - |x| * exp(-|x|) / (1 + exp(-|x|))`, of which half cancels at most. That of `-inf`
//! is 0, the limit, as of anything below -108.6; of `inf` infinite, of a NaN a NaN.
//!
//! Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016, section 2.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::{
    elementwise, exponential,
    kernel::{Contract, Kernel, Profile, ShapeRow, ThroughputUnit},
    signature::variant,
};

/// How far an output may be off, in ULP of the right value.
const ULPS: f64 = 4.0;

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "silu_f32",
    summary: "sigmoid linear unit of each element",
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
    reference: |_, operands| exponential::reference(operands, ULPS, silu),
    workload: None,
    variants: &[
        variant!(Scalar, map, |x, y| scalar::silu),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |x, y| avx2::silu),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |x, y| avx512::silu),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |x, y| neon::silu),
    ],
};

/// Minus infinity is taken for a number so low that its power is infinite.
fn silu(x: f64) -> f64 {
    let x = if x < -1e6 { -1e6 } else { x };
    x / (1.0 + libm::exp(-x))
}
