//! Quotient of two `f32` vectors, element by element.
//!
//! `y[i] = a[i] / b[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a`, `b` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Exact: each element is rounded once, half to even; no variant multiplies by a reciprocal.
//! A NaN in either gives a NaN, as `0 / 0` and `inf / inf` do; another number over a zero is an infinity. The sign is
//! the product of the signs, of zeros too. Subnormals are numbers like others, in and out; no element is flushed to 0.
//!
//! Source: IEEE 754-2019, sections 5.4.1 and 7.3.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    elementwise,
    kernel::{Contract, Kernel, Profile, ShapeRow, ThroughputUnit},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "div_f32",
    summary: "elementwise quotient",
    contract: Contract::Exact,
    bound: |shape, _| elementwise::bound(shape, 2),
    unit: ThroughputUnit::BytesPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n100", vector: None, scalar: None },
        ShapeRow { shape: "n1000", vector: None, scalar: None },
        ShapeRow { shape: "n10000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n1000000", vector: None, scalar: None },
    ],
    counted: &["n10000"],
    layout: |shape| elementwise::layout(shape, 2, 0),
    fill: elementwise::fill,
    work: |shape| elementwise::work(shape, 2, 1),
    reference: |_, operands| elementwise::reference_of_pairs(operands, |a, b| a / b),
    workload: None,
    variants: &[
        variant!(Scalar, map_pair, |a, b, y| scalar::div),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map_pair, |a, b, y| avx2::div),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map_pair, |a, b, y| avx512::div),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map_pair, |a, b, y| neon::div),
    ],
};
