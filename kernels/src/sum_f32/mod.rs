//! Sum of an `f32` vector.
//!
//! `y = sum over i of a[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `y` | `[1]` | f32 | |
//!
//! Accumulates in f32, in any order. Error: at most `n * (EPSILON * sum |a[i]| + 2^-149)`, and anything where
//! `sum |a[i]|` may leave the range of f32. A NaN where an element is one, or where both infinities are; subnormals
//! are numbers like others; 0 where `n` is 0.
//!
//! Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 4.2.

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
    agreement::sum_bound,
    elementwise,
    kernel::{Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit},
    operands::Operands,
    reduction,
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "sum_f32",
    summary: "sum of the elements",
    contract: Contract::Tolerance,
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
        variant!(Scalar, reduce, |a| scalar::sum),
        #[cfg(target_arch = "x86_64")]
        variant!(Sse41, reduce, |a| sse41::sum),
        #[cfg(all(target_arch = "x86_64", not(feature = "slowed")))]
        variant!(Avx2, reduce, |a| avx2::sum),
        #[cfg(all(target_arch = "x86_64", feature = "slowed"))]
        variant!(Avx2, reduce, |a| slowed::sum),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, reduce, |a| avx512::sum),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, reduce, |a| neon::sum),
    ],
};

fn reference(operands: &Operands<'_>) -> Reference {
    let elements = || operands.input::<f32>(0).iter().copied().map(f64::from);
    let magnitude = elements().filter(|element| element.is_finite()).map(f64::abs).sum();
    Reference::Tolerance { values: vec![elements().sum()], bounds: vec![sum_bound(elements().count(), magnitude)] }
}
