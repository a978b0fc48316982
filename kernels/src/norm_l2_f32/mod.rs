//! Length of an `f32` vector, its norm of order 2.
//!
//! `y = sqrt(sum over i of a[i]^2)`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `y` | `[1]` | f32 | |
//!
//! Right over the whole range of f32, though the squares leave it from 2^64 on, and lose their digits from 2^-63 down.
//! Accumulates in f32, in any order, the squares rounded or not; where that sum is not in `[2^-100, inf)`, which is
//! rare, a second pass adds the squares in f64, where none is lost.
//!
//! Error: at most `(n / 2 + 1) * EPSILON * y + 2^-149`, twice what Higham proves for a dot product, halved by the root,
//! and a rounding. What a square below the normal range loses, 2^-150, is nothing beside 2^-100. `inf` where that is
//! above the range by more than the error, and anything where it is less. A NaN where an element is one, else `inf`
//! where one is infinite; 0 where `n` is 0.
//!
//! Source: `nrm2` of the BLAS (Lawson et al., ACM TOMS 5(3), 1979), and Blue, A Portable Fortran Program to Find the
//! Euclidean Norm of a Vector, ACM TOMS 4(1), 1978, which has the same ranges and scales where f64 is not at hand;
//! Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1.

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
    id: "norm_l2_f32",
    summary: "length of a vector",
    contract: Contract::Tolerance,
    bound: |shape, isa| reduction::bound(shape, isa, 1),
    unit: ThroughputUnit::FlopsPerSecond,
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
    work: |shape| reduction::work(shape, 1, 2),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, reduce, |a| scalar::norm),
        #[cfg(target_arch = "x86_64")]
        variant!(Sse41, reduce, |a| sse41::norm),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, reduce, |a| avx2::norm),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, reduce, |a| avx512::norm),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, reduce, |a| neon::norm),
    ],
};

/// The length, from a pass that found the sum of the squares in f32.
#[inline]
fn settle(a: &[f32], squares: f32) -> f32 {
    /// 2^-100: so far above 2^-150, which a square may lose, that a million of them are lost in the rounding.
    const SMALLEST: f32 = f32::from_bits((127 - 100) << 23);
    if (SMALLEST..f32::INFINITY).contains(&squares) || squares.is_nan() { squares.sqrt() } else { widely(a) }
}

/// The length, from squares in f64: the largest is 2^256, the smallest 2^-298. Eight sums, since an addition is four
/// cycles deep.
#[cold]
#[expect(clippy::cast_possible_truncation, reason = "the length as an f32")]
fn widely(a: &[f32]) -> f32 {
    let (eights, rest) = a.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for elements in eights.iter().map(<[f32; 8]>::as_slice).chain([rest]) {
        for (sum, element) in sums.iter_mut().zip(elements) {
            *sum += f64::from(*element) * f64::from(*element);
        }
    }
    sums.iter().sum::<f64>().sqrt() as f32
}

/// In f64, and in order.
fn reference(operands: &Operands<'_>) -> Reference {
    let elements = || operands.input::<f32>(0).iter().copied().map(f64::from);
    let length = elements().map(|element| element * element).sum::<f64>().sqrt();
    let error = (elements().count() as f64 / 2.0 + 1.0) * f64::from(f32::EPSILON) * length;
    let error = error + f64::from(f32::from_bits(1));
    let largest = f64::from(f32::MAX);
    let (value, bound) = if !length.is_finite() {
        (length, 0.0)
    } else if length - error > largest {
        (f64::INFINITY, 0.0)
    } else if length + error > largest {
        (length, f64::INFINITY)
    } else {
        (length, error)
    };
    Reference::Tolerance { values: vec![value], bounds: vec![bound] }
}
