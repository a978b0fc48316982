//! Rectified `f32` vector: what is below 0 becomes 0.
//!
//! `y[i] = 0 if a[i] < 0, else a[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Exact: no element is rounded. A NaN is not below 0, and stays; nor is `-0.0`, which stays `-0.0`; what becomes 0
//! becomes `0.0`. Subnormals are numbers like others.
//!
//! Source: Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, ICML 2010, section 2.

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
    id: "relu_f32",
    summary: "elementwise rectifier",
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
    fill: elementwise::fill,
    work: |shape| elementwise::work(shape, 1, 1),
    reference: |_, operands| elementwise::reference(operands, |a| if a < 0.0 { 0.0 } else { a }),
    workload: None,
    variants: &[
        variant!(Scalar, map, |a, y| scalar::relu),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |a, y| avx2::relu),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |a, y| avx512::relu),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |a, y| neon::relu),
    ],
};
