//! Product of two `f32` matrices.
//!
//! `c[i, j] = sum over p of a[i, p] * b[p, j]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[m, k]` | f32 | row-major, contiguous |
//! | `b` | `[k, n]` | f32 | row-major, contiguous |
//! | `c` | `[m, n]` | f32 | row-major, contiguous; what stood in it does not matter |
//!
//! Accumulates in f32, in any order, the products rounded or not. Error of each element: at most
//! `k * (EPSILON * sum over p of |a[i, p] * b[p, j]| + 2^-149)`, and anything where that sum may leave the range of
//! f32. A NaN where a term is one, where infinity meets 0, or where both infinities are among the terms; subnormals
//! are numbers like others; 0 where `k` is 0.
//!
//! Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.5.

#[cfg(target_arch = "x86_64")]
#[cfg_attr(feature = "slowed", expect(dead_code, reason = "the slowed variant takes its place, and its scratch alone"))]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod blocked;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(all(target_arch = "x86_64", feature = "slowed"))]
mod slowed;

use platforms::IsaLevel;

use crate::{
    agreement::sum_bound,
    elementwise,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "matmul_f32",
    summary: "matrix product",
    contract: Contract::Tolerance,
    bound,
    unit: ThroughputUnit::FlopsPerSecond,
    extents: &[Extent::any('m'), Extent::any('n'), Extent::any('k')],
    rows: &[
        ShapeRow { shape: "m100n100k100", vector: Some(Profile::Smoke), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "m256n256k256", vector: Some(Profile::Quick), scalar: Some(Profile::Quick) },
        ShapeRow { shape: "m512n512k512", vector: None, scalar: None },
        ShapeRow { shape: "m1000n1000k1000", vector: Some(Profile::Nightly), scalar: None },
        ShapeRow { shape: "m2048n2048k2048", vector: None, scalar: None },
        ShapeRow { shape: "m1n4096k4096", vector: Some(Profile::Nightly), scalar: None },
    ],
    counted: &["m100n100k100"],
    layout: |shape| {
        let Extents { m, n, k } = Extents::of(shape);
        Layout { inputs: vec![4 * m * k, 4 * k * n], output: 4 * m * n, scratch: 0 }
    },
    fill: elementwise::fill,
    work: |shape| {
        let Extents { m, n, k } = Extents::of(shape);
        let (a, b, c) = (m * k, k * n, m * n);
        Work {
            flops: 2 * (m * n * k) as u64,
            bytes: 4 * (a + b + c) as u64,
            elements: a.max(b).max(c) as u64,
            tokens: None,
        }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, product, |a, b, c, extents, scratch| scalar::matmul),
        #[cfg(all(target_arch = "x86_64", not(feature = "slowed")))]
        variant!(Avx2, product, |a, b, c, extents, scratch| avx2::matmul, scratch_bytes: avx2::scratch_bytes),
        #[cfg(all(target_arch = "x86_64", feature = "slowed"))]
        variant!(Avx2, product, |a, b, c, extents, scratch| slowed::matmul, scratch_bytes: slowed::scratch_bytes),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, product, |a, b, c, extents, scratch| avx512::matmul, scratch_bytes: avx512::scratch_bytes),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, product, |a, b, c, extents, scratch| neon::matmul, scratch_bytes: neon::scratch_bytes),
    ],
};

/// With few rows, each element of `b` is used as few times.
fn bound(shape: &Shape, _: IsaLevel) -> Bound {
    let Extents { m, n, k } = Extents::of(shape);
    if m <= blocked::FEW_ROWS { Bound::of_stream(4 * k * n) } else { Bound::Throughput }
}

/// The extents of a product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extents {
    /// Rows of `a` and `c`.
    pub(crate) m: usize,
    /// Columns of `b` and `c`.
    pub(crate) n: usize,
    /// Columns of `a`, rows of `b`.
    pub(crate) k: usize,
}

impl Extents {
    /// Those of `shape`.
    pub(crate) fn of(shape: &Shape) -> Self {
        Self { m: shape.extent('m'), n: shape.extent('n'), k: shape.extent('k') }
    }
}

/// The sum of the rows of `b`, scaled, for each row of `c`; in blocks of `b` that stay in the caches, as the largest shape
/// takes nine thousand million products.
fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    const STEPS: usize = 64;
    const COLUMNS: usize = 256;
    let Extents { m, n, k } = Extents::of(shape);
    let (a, b) = (operands.input::<f32>(0), operands.input::<f32>(1));
    // A product of two f32 is finite in f64 where both are.
    let magnitude = |value: f64| if value.is_finite() { value.abs() } else { 0.0 };
    let mut values = vec![0.0; m * n];
    let mut bounds = vec![0.0; m * n];
    for first in (0..k).step_by(STEPS) {
        for column in (0..n).step_by(COLUMNS) {
            let columns = COLUMNS.min(n - column);
            let steps = first..k.min(first + STEPS);
            let block: Vec<f64> =
                steps.clone().flat_map(|p| &b[p * n + column..][..columns]).map(|&b| b.into()).collect();
            let magnitudes: Vec<f64> = block.iter().copied().map(magnitude).collect();
            for i in 0..m {
                let place = i * n + column..i * n + column + columns;
                let (values, bounds) = (&mut values[place.clone()], &mut bounds[place]);
                let rows = block.chunks_exact(columns).zip(magnitudes.chunks_exact(columns));
                for (&a, (b, magnitudes)) in a[i * k..][steps.clone()].iter().zip(rows) {
                    let (a, a_magnitude) = (f64::from(a), magnitude(a.into()));
                    values.iter_mut().zip(b).for_each(|(value, b)| *value += a * b);
                    bounds.iter_mut().zip(magnitudes).for_each(|(sum, b)| *sum += a_magnitude * b);
                }
            }
        }
    }
    for magnitude in &mut bounds {
        *magnitude = sum_bound(k, *magnitude);
    }
    Reference::Tolerance { values, bounds }
}
