//! Dot product of two `f32` vectors.
//!
//! `y = sum over i of a[i] * b[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a`, `b` | `[n]` | f32 | contiguous |
//! | `y` | `[1]` | f32 | |
//!
//! Accumulates in f32, in any order. Error: at most `n * EPSILON * sum |a[i] b[i]|` (Higham, Accuracy and Stability
//! of Numerical Algorithms, 2002, section 3.1). 0 where `n` is 0.

mod scalar;
#[cfg(target_arch = "x86_64")]
mod avx2;

use crate::{kernel::*, operands::Layout, shape::{Extent, Shape}, signature::variant};

/// The registry's row.
pub static KERNEL: Kernel = Kernel {
    id: "dot_f32",
    summary: "dot product",
    contract: Contract::Tolerance,
    bound: Bound::Throughput,
    unit: ThroughputUnit::FlopsPerSecond,
    extents: &[Extent::any('n')],
    rows: &[
        ShapeRow { shape: "n10000", vector: Profile::Quick, scalar: Some(Profile::Quick) },
    ],
    layout: |shape| Layout { inputs: vec![4 * shape.extent('n'); 2], output: 4, scratch: 0 },
    fill: |_, operands, _seed| {
        operands.input_mut::<f32>(0).fill(1.0);
        operands.input_mut::<f32>(1).fill(1.0);
    },
    work: |shape| {
        let n = shape.extent('n') as u64;
        Work { flops: 2 * n, bytes: 8 * n, elements: n, tokens: None }
    },
    reference: |_shape: &Shape, operands| {
        let (a, b) = (operands.input::<f32>(0), operands.input::<f32>(1));
        let terms = || a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
        let bound = a.len() as f64 * f64::from(f32::EPSILON) * terms().map(f64::abs).sum::<f64>();
        Reference::Tolerance { values: vec![terms().sum()], bounds: vec![bound] }
    },
    variants: &[
        variant!(Scalar, reduce_pair, |a, b| scalar::dot),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, reduce_pair, |a, b| avx2::dot),
    ],
};
