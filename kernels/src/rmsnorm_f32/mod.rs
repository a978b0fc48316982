//! Root mean square normalisation of an `f32` vector, with a weight for each element.
//!
//! `y[i] = x[i] / sqrt(mean over j of x[j]^2 + 1e-5) * w[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x`, `w` | `[n]` | f32 | contiguous |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! The squares are added in f32, in at least sixteen parts. Error of `y[i]`: at most
//! `(8 + n / 16) * EPSILON * |y[i]| + (1 + |w[i]|) * 2^-149`, and anything where that may leave the range of f32. Where
//! the sum of the squares leaves it, the row is computed again in f64, so that any finite `x` has a right answer. An
//! infinity in `x` makes a NaN of itself and 0 of the numbers, a NaN in `x` a NaN of everything. Where all of `x` is 0,
//! so is `y`; nothing where `n` is 0.
//!
//! Source: Zhang and Sennrich, Root Mean Square Layer Normalization, 2019, section 3; the 1e-5, as f32,
//! is what most engines put under the root.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use platforms::IsaLevel;

use crate::{
    agreement::ulp,
    elementwise,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit},
    operands::Operands,
    signature::variant,
};

/// What stands beside the mean under the root.
const EPSILON: f32 = 1e-5;

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "rmsnorm_f32",
    summary: "elements over their root mean square, weighted",
    contract: Contract::Tolerance,
    // Plain code adds to the sum so far, one square after the other.
    bound: |shape, isa| match isa {
        IsaLevel::Scalar => Bound::Latency,
        _ => Bound::of_stream(12 * shape.extent('n')),
    },
    unit: ThroughputUnit::ElementsPerSecond,
    extents: elementwise::EXTENTS,
    rows: &[
        ShapeRow { shape: "n1000", vector: None, scalar: None },
        ShapeRow { shape: "n4096", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "n100000", vector: None, scalar: None },
    ],
    counted: &["n4096"],
    layout: |shape| elementwise::layout(shape, 2, 0),
    fill: elementwise::fill,
    // Two to add a square and two multiplications an element.
    work: |shape| elementwise::work(shape, 2, 4),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, map_pair, |x, w, y| scalar::rmsnorm),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map_pair, |x, w, y| avx2::rmsnorm),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map_pair, |x, w, y| avx512::rmsnorm),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map_pair, |x, w, y| neon::rmsnorm),
    ],
};

/// What the elements are multiplied by, for a sum of squares that is in the range of f32.
#[inline]
fn scale(sum: f32, n: usize) -> f32 {
    1.0 / (sum / n as f32 + EPSILON).sqrt()
}

fn reference(operands: &Operands<'_>) -> Reference {
    let (x, w) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let squares: f64 = x.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    let root = (squares / x.len() as f64 + f64::from(EPSILON)).sqrt();
    let error = (8.0 + x.len() as f64 / 16.0) * f64::from(f32::EPSILON);
    let right = x.iter().zip(w).map(|(&x, &w)| {
        let (x, w) = (f64::from(x), f64::from(w));
        let value = x / root * w;
        let bound = error * value.abs() + (1.0 + w.abs()) * ulp(0.0);
        (value, if value.abs() + bound > f64::from(f32::MAX) { f64::INFINITY } else { bound })
    });
    let (values, bounds) = right.unzip();
    Reference::Tolerance { values, bounds }
}
