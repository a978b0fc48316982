//! Magnitudes of an `f32` vector.
//!
//! `y[i] = |a[i]|`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Exact: the sign bit is cleared, and nothing else happens. A NaN stays one; `-0.0` becomes `0.0`.
//!
//! Source: `abs` of IEEE 754-2019, section 5.5.1.

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
    id: "abs_f32",
    summary: "elementwise magnitude",
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
    reference: |_, operands| elementwise::reference(operands, |a| if a.is_sign_negative() { -a } else { a }),
    workload: None,
    variants: &[
        variant!(Scalar, map, |a, y| scalar::abs),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |a, y| avx2::abs),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |a, y| avx512::abs),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |a, y| neon::abs),
    ],
};
