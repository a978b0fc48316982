//! Logarithm of the softmax of an `f32` vector.
//!
//! `y[i] = (x[i] - m) - ln(sum over j of exp(x[j] - m))`, where `m = maximum over j of x[j]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Three passes: the maximum, the sum of the exponentials, in f32 and in at least sixteen parts, and the subtractions.
//! Error of `y[i]`: at most `(8 + n / 16 + m - x[i]) * EPSILON`, absolute as the logarithm's is, and anything where
//! `m - x[i]` leaves the range of f32. `-inf` where `x[i]` is `-inf` and another element is a number; all are NaN where
//! any element is a NaN or `inf`, or where every one is `-inf`. 0 where `n` is 1; nothing where it is 0.
//!
//! Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.2.2.3.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    elementwise, exponential,
    kernel::{Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit},
    operands::Operands,
    signature::variant,
    softmax::Row,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "log_softmax_f32",
    summary: "logarithm of the softmax",
    contract: Contract::Tolerance,
    bound: exponential::bound,
    unit: ThroughputUnit::ElementsPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n1000", vector: None, scalar: None },
        ShapeRow { shape: "n4096", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n100000", vector: None, scalar: None },
    ],
    counted: &["n4096"],
    layout: exponential::layout,
    fill: elementwise::fill,
    // A comparison, a subtraction, an exponential and an addition an element; then two subtractions.
    work: |shape| exponential::work(shape, 6),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, map, |x, y| scalar::log_softmax),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |x, y| avx2::log_softmax),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |x, y| avx512::log_softmax),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |x, y| neon::log_softmax),
    ],
};

fn reference(operands: &Operands<'_>) -> Reference {
    let row = Row::of(operands);
    let right = operands.input::<f32>(0).iter().map(|&x| {
        let distance = f64::from(x) - row.maximum;
        let bound = row.error - distance * f64::from(f32::EPSILON);
        let overflows = distance.is_finite() && distance < -f64::from(f32::MAX);
        (distance - libm::log(row.sum), if overflows { f64::INFINITY } else { bound })
    });
    let (values, bounds) = right.unzip();
    Reference::Tolerance { values, bounds }
}
