//! Softmax of an `f32` vector: the exponentials of its elements, as shares of their sum.
//!
//! `y[i] = exp(x[i] - m) / sum over j of exp(x[j] - m)`, where `m = maximum over j of x[j]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! Three passes: the maximum, the exponentials, which stay in `y`, and the division of each by their sum, in f32 and in
//! at least sixteen parts. Error of `y[i]`: at most `(8 + n / 16 + 2 * (m - x[i])) * EPSILON * y[i] + 2^-149`, since
//! the distance is rounded twice. No sum overflows, and results that are subnormal are right like others. 0 where
//! `x[i]` is `-inf` and another element is a number; all are NaN where any element is a NaN or `inf`, or where every
//! one is `-inf`. 1 where `n` is 1; nothing where it is 0.
//!
//! Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, sections 4.1 and 6.2.2.3.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::{
    agreement::ulp,
    elementwise, exponential,
    kernel::{Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit},
    operands::Operands,
    signature::variant,
    softmax::Row,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "softmax_f32",
    summary: "exponentials as shares of their sum",
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
    // A comparison, a subtraction, an exponential, an addition and a multiplication an element.
    work: |shape| exponential::work(shape, 5),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, map, |x, y| scalar::softmax),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map, |x, y| avx2::softmax),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map, |x, y| avx512::softmax),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map, |x, y| neon::softmax),
    ],
};

fn reference(operands: &Operands<'_>) -> Reference {
    let row = Row::of(operands);
    let right = operands.input::<f32>(0).iter().map(|&x| {
        let distance = f64::from(x) - row.maximum;
        let share = libm::exp(distance) / row.sum;
        // Nothing of a share that is 0, however far that is.
        let error = if share == 0.0 { 0.0 } else { share * (row.error - 2.0 * distance * f64::from(f32::EPSILON)) };
        (share, error + ulp(0.0))
    });
    let (values, bounds) = right.unzip();
    Reference::Tolerance { values, bounds }
}
