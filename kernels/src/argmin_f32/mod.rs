//! Index of the smallest element of an `f32` vector.
//!
//! `y = the first i such that a[i] is at most a[j] for all j`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `y` | `[1]` | u32 | |
//!
//! Exact. Of equal elements the first, and zeros are equal whatever their signs; the first NaN where any element is
//! one; subnormals are numbers like others. `u32::MAX` where `n` is 0, or where the element is so far back that its
//! index is no less.
//!
//! Source: `argmin` of numpy, which takes the first of equals and the first NaN; the order of IEEE 754-2019, section
//! 5.11.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod sse41;

use crate::{
    elementwise,
    kernel::{Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit},
    operands::Operands,
    reduction,
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "argmin_f32",
    summary: "index of the smallest element",
    contract: Contract::Exact,
    bound: |shape, isa| reduction::bound(shape, isa, 1),
    unit: ThroughputUnit::BytesPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n100", vector: None, scalar: None },
        ShapeRow { shape: "n1000", vector: None, scalar: None },
        ShapeRow { shape: "n10000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n1000000", vector: None, scalar: None },
    ],
    counted: &["n10000"],
    layout: |shape| reduction::layout(shape, 1),
    fill: elementwise::fill,
    work: |shape| reduction::work(shape, 1, 1),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, locate, |a| scalar::argmin),
        #[cfg(target_arch = "x86_64")]
        variant!(Sse41, locate, |a| sse41::argmin),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, locate, |a| avx2::argmin),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, locate, |a| avx512::argmin),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, locate, |a| neon::argmin),
    ],
};

/// By the iterator's own of equals and NaNs the first.
fn reference(operands: &Operands<'_>) -> Reference {
    let elements = operands.input::<f32>(0);
    let nan = elements.iter().position(|element| element.is_nan());
    let numbers = elements.iter().enumerate().filter(|(_, element)| !element.is_nan());
    // Of equal ones `min_by` takes the first.
    let best = numbers.min_by(|(_, a), (_, b)| a.partial_cmp(b).expect("numbers have an order"));
    let index = nan.or(best.map(|(index, _)| index)).and_then(|index| u32::try_from(index).ok());
    Reference::exact_parts(&[], &index.unwrap_or(u32::MAX).to_ne_bytes())
}
