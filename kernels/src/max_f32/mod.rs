//! Largest element of an `f32` vector.
//!
//! `y = maximum over i of a[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `y` | `[1]` | f32 | |
//!
//! Exact. A NaN where any element is one; `-0.0` is less than `0.0`, so that of both zeros `0.0` is the answer;
//! subnormals are numbers like others; `-inf` where `n` is 0.
//!
//! Source: `maximum` of IEEE 754-2019, section 9.6.

#[cfg(all(target_arch = "x86_64", not(feature = "slowed")))]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(all(target_arch = "x86_64", feature = "slowed"))]
mod slowed;
#[cfg(target_arch = "x86_64")]
mod sse41;

use crate::{
    elementwise,
    extremum::Extremum,
    kernel::{Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit},
    operands::Operands,
    reduction,
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "max_f32",
    summary: "largest element",
    contract: Contract::Exact,
    bound: |shape, isa| reduction::bound(shape, isa, 1),
    unit: ThroughputUnit::BytesPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n100", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n1000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n10000", vector: Some(Profile::Quick), scalar: Some(Profile::Quick) },
        ShapeRow { shape: "n1000000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
    ],
    counted: &["n10000"],
    layout: |shape| reduction::layout(shape, 1),
    fill: elementwise::fill,
    work: |shape| reduction::work(shape, 1, 1),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, reduce, |a| scalar::max),
        #[cfg(target_arch = "x86_64")]
        variant!(Sse41, reduce, |a| sse41::max),
        #[cfg(all(target_arch = "x86_64", not(feature = "slowed")))]
        variant!(Avx2, reduce, |a| avx2::max),
        #[cfg(all(target_arch = "x86_64", feature = "slowed"))]
        variant!(Avx2, reduce, |a| slowed::max),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, reduce, |a| avx512::max),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, reduce, |a| neon::max),
    ],
};

/// IEEE 754's total order has `-0.0` below `0.0`, and the numbers between the NaNs.
fn reference(operands: &Operands<'_>) -> Reference {
    let elements = operands.input::<f32>(0);
    let maximum = elements.iter().copied().max_by(f32::total_cmp).unwrap_or(Extremum::MAXIMUM.empty);
    let has_nan = elements.iter().any(|element| element.is_nan());
    Reference::exact(&[if has_nan { f32::NAN } else { maximum }])
}
