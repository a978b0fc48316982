//! Square roots of an `f32` vector.
//!
//! `y[i] = sqrt(a[i])`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! The elements that are measured are positive. Exact: each is rounded once, half to even; no variant starts from an
//! estimate. A NaN where the element is one or is below 0; `-0.0` stays `-0.0`; subnormals are numbers like others.
//!
//! Source: `squareRoot` of IEEE 754-2019, section 5.4.1.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    elementwise,
    inputs::Stream,
    kernel::{Contract, Kernel, Profile, ShapeRow, ThroughputUnit},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "sqrt_f32",
    summary: "elementwise square root",
    contract: Contract::Exact,
    bound: |shape, _| elementwise::bound(shape, 1),
    unit: ThroughputUnit::BytesPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n100", vector: None, scalar: None },
        ShapeRow { shape: "n1000", vector: None, scalar: None },
        ShapeRow { shape: "n10000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n1000000", vector: None, scalar: None },
    ],
    counted: &["n10000"],
    layout: |shape| elementwise::layout(shape, 1, 0),
    fill: |_, operands, seed| Stream::new(seed, 0).fill_scales(operands.input_mut(0)),
    work: |shape| elementwise::work(shape, 1, 1),
    reference: |_, operands| elementwise::reference(operands, f64::sqrt),
    workload: None,
    variants: &[
        variant!(Scalar, map, |a, y| scalar::sqrt),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |a, y| avx2::sqrt),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |a, y| avx512::sqrt),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |a, y| neon::sqrt),
    ],
};
