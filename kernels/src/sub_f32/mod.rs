//! Difference of two `f32` vectors, element by element.
//!
//! `y[i] = a[i] - b[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a`, `b` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Exact: each element is rounded once, half to even.
//! A NaN in either gives a NaN, as `inf - inf` does; `0.0 - 0.0` is `0.0`.
//! Subnormals are numbers like others, in and out; no element is flushed to 0.
//!
//! Source: IEEE 754-2019, section 5.4.1.

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
    id: "sub_f32",
    summary: "elementwise difference",
    contract: Contract::Exact,
    bound: |shape, _| elementwise::bound(shape, 2),
    unit: ThroughputUnit::BytesPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n100", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n1000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n10000", vector: Some(Profile::Quick), scalar: Some(Profile::Quick) },
        ShapeRow { shape: "n1000000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
    ],
    counted: &["n10000"],
    layout: |shape| elementwise::layout(shape, 2, 0),
    fill: elementwise::fill,
    work: |shape| elementwise::work(shape, 2, 1),
    reference: |_, operands| elementwise::reference_of_pairs(operands, |a, b| a - b),
    workload: None,
    variants: &[
        variant!(Scalar, map_pair, |a, b, y| scalar::sub),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map_pair, |a, b, y| avx2::sub),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map_pair, |a, b, y| avx512::sub),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map_pair, |a, b, y| neon::sub),
    ],
};
