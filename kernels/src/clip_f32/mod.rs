//! Elements of an `f32` vector, held between two bounds.
//!
//! `t[i] = lower if a[i] < lower, else a[i]`, `y[i] = upper if t[i] > upper, else t[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[n]` | f32 | contiguous |
//! | `lower`, `upper` | `[2]` | f32 | |
//! | `y` | `[n]` | f32 | contiguous |
//!
//! The bounds that are measured are -1 and 1/2, past which 71 of 100 elements are; the branch that nobody should write
//! could not be predicted.
//!
//! Exact: no element is rounded. A NaN is past no bound, and stays; a bound that is a NaN holds nothing; a zero is not
//! past a zero of the other sign, and keeps its own. Where `lower` is above `upper`, every number becomes `upper`.
//!
//! Source: the comparisons of IEEE 754-2019, section 5.11, in the order in which numpy's `clip` makes them.

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
    shape::Shape,
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "clip_f32",
    summary: "elements held between two bounds",
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
    layout: |shape| elementwise::layout(shape, 1, 2),
    fill,
    work: |shape| elementwise::work(shape, 1, 2),
    reference: |_, operands| reference(operands),
    workload: None,
    variants: &[
        variant!(Scalar, map_between, |a, bounds, y| scalar::clip),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map_between, |a, bounds, y| avx2::clip),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map_between, |a, bounds, y| avx512::clip),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map_between, |a, bounds, y| neon::clip),
    ],
};

/// What the elements are held between.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// What no element is below.
    pub(crate) lower: f32,
    /// What no element is above.
    pub(crate) upper: f32,
}

impl Bounds {
    /// The output for one element.
    #[inline]
    fn clip(self, a: f32) -> f32 {
        let raised = if a < self.lower { self.lower } else { a };
        if raised > self.upper { self.upper } else { raised }
    }
}

fn fill(shape: &Shape, operands: &mut Operands<'_>, seed: u64) {
    elementwise::fill(shape, operands, seed);
    operands.input_mut(1).copy_from_slice(&[-1.0_f32, 0.5]);
}

/// By cases: below, above, or neither.
fn reference(operands: &Operands<'_>) -> Reference {
    let (lower, upper) = (f64::from(operands.input::<f32>(1)[0]), f64::from(operands.input::<f32>(1)[1]));
    elementwise::reference(operands, |a| match (a < lower, a > upper, lower > upper) {
        (true, _, true) | (_, true, _) => upper,
        (true, false, false) => lower,
        (false, false, _) => a,
    })
}
