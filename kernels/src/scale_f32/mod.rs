//! Product of an `f32` vector and a number.
//!
//! `y[i] = alpha * a[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `alpha` | `[1]` | f32 | |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Exact: each element is rounded once, half to even.
//! A NaN in either gives a NaN, as `0 * inf` does; the sign is the product of the signs, of zeros too.
//! Subnormals are numbers like others, in and out; no element is flushed to 0.
//!
//! Source: IEEE 754-2019, section 5.4.1; `scal` of the BLAS (Lawson et al., ACM TOMS 5(3), 1979), with an output of its
//! own, so that a call can be repeated.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    elementwise,
    kernel::{Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit},
    operands::Operands,
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "scale_f32",
    summary: "vector times a number",
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
    layout: |shape| elementwise::layout(shape, 1, 1),
    fill: elementwise::fill,
    work: |shape| elementwise::work(shape, 1, 1),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, map_scaled, |a, alpha, y| scalar::scale),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map_scaled, |a, alpha, y| avx2::scale),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map_scaled, |a, alpha, y| avx512::scale),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map_scaled, |a, alpha, y| neon::scale),
    ],
};

fn reference(operands: &Operands<'_>) -> Reference {
    let alpha = f64::from(operands.input::<f32>(1)[0]);
    elementwise::reference(operands, |a| alpha * a)
}
