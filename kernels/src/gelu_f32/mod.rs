//! Gaussian error linear unit of each element of an `f32` vector, the exact one.
//!
//! `y[i] = x[i] * Phi(x[i])`, where `Phi(x) = erfc(-x / sqrt(2)) / 2`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Error: at most 7 ULP of the right value (6.41 found), over all of f32, results that are subnormal included: no
//! absolute floor. The variants take it as `max(x, 0) - |x| * Phi(-|x|)`, of which half cancels at most, with
//! `Phi(-t) = exp(-t^2 / 2) * R(t)`. What rounding takes off `t^2`, up to 2^-17, is put back into the power; and `R`,
//! Mills's ratio over `sqrt(2 pi)`, is smooth, so that a quotient of two polynomials without negative coefficients is
//! within 1.2e-8 of it. That of `-inf` is 0, the limit, as of anything below -14.4; of `inf` infinite, of a NaN a NaN.
//!
//! Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016, section 2.

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
const ULPS: f64 = 7.0;

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "gelu_f32",
    summary: "Gaussian error linear unit of each element",
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
    // A normal distribution function and a multiplication an element.
    work: |shape| exponential::work(shape, 2),
    reference: |_, operands| exponential::reference(operands, ULPS, gelu),
    workload: None,
    variants: &[
        variant!(Scalar, map, |x, y| scalar::gelu),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |x, y| avx2::gelu),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |x, y| avx512::gelu),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |x, y| neon::gelu),
    ],
};

/// Above it `x * Phi(-x)` is 0 as f32.
const HIGHEST: f32 = 15.0;
/// `R(t) = (NUMERATOR[0] + NUMERATOR[1] * t + ...) / (1 + DENOMINATOR[0] * t + DENOMINATOR[1] * t^2 + ...)`, where `t`
/// is 0 to [`HIGHEST`].
const NUMERATOR: [f32; 5] = [0.5, 0.439_289_3, 0.183_974_22, 0.040_882_74, 0.004_153_463_5];
/// See [`NUMERATOR`].
const DENOMINATOR: [f32; 5] = [1.676_463_6, 1.205_567_7, 0.471_421_78, 0.102_483_98, 0.010_411_076];

/// Minus infinity is taken for a number so low that the distribution function is 0.
fn gelu(x: f64) -> f64 {
    let x = if x < -1e6 { -1e6 } else { x };
    0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}
