//! Dot product of two `f32` vectors.
//!
//! `y = sum over i of a[i] * b[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a`, `b` | `[n]` | f32 | contiguous |
//! | `y` | `[1]` | f32 | |
//!
//! Accumulates in f32, in any order, the products rounded or not. Error: at most
//! `n * (EPSILON * sum |a[i] * b[i]| + 2^-149)`, and anything where `sum |a[i] * b[i]|` may leave the range of f32.
//! A NaN where an element is one, where infinity meets 0, or where both infinities are among the products; subnormals
//! are numbers like others; 0 where `n` is 0.
//!
//! Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1.

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
    id: "dot_f32",
    summary: "dot product",
    contract: Contract::Tolerance,
    bound: |shape, isa| reduction::bound(shape, isa, 2),
    unit: ThroughputUnit::FlopsPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n100", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n1000", vector: Some(Profile::Quick), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n10000", vector: Some(Profile::Smoke), scalar: Some(Profile::Smoke) },
        ShapeRow { shape: "n1000000", vector: Some(Profile::Quick), scalar: Some(Profile::Nightly) },
    ],
    counted: &["n10000"],
    layout: |shape| reduction::layout(shape, 2),
    fill: elementwise::fill,
    work: |shape| reduction::work(shape, 2, 2),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, reduce_pair, |a, b| scalar::dot),
        #[cfg(target_arch = "x86_64")]
        variant!(Sse41, reduce_pair, |a, b| sse41::dot),
        #[cfg(all(target_arch = "x86_64", not(feature = "slowed")))]
        variant!(Avx2, reduce_pair, |a, b| avx2::dot),
        #[cfg(all(target_arch = "x86_64", feature = "slowed"))]
        variant!(Avx2, reduce_pair, |a, b| slowed::dot),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, reduce_pair, |a, b| avx512::dot),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, reduce_pair, |a, b| neon::dot),
    ],
};

fn reference(operands: &Operands<'_>) -> Reference {
    let (a, b) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let products = || a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
    let magnitude = products().filter(|product| product.is_finite()).map(f64::abs).sum();
    Reference::Tolerance { values: vec![products().sum()], bounds: vec![sum_bound(a.len(), magnitude)] }
}
