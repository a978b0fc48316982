//! Product of an `f32` matrix and a vector.
//!
//! `y[i] = sum over j of a[i, j] * x[j]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[m, k]` | f32 | row-major, contiguous |
//! | `x` | `[k]` | f32 | contiguous |
//! | `y` | `[m]` | f32 | contiguous; what stood in it does not matter |
//!
//! Accumulates in f32, in any order, the products rounded or not. Error of each element: at most
//! `k * (EPSILON * sum over j of |a[i, j] * x[j]| + 2^-149)`, and anything where that sum may leave the range of f32. A
//! NaN where a term is one, where infinity meets 0, or where both infinities are among the terms; subnormals are numbers
//! like others; 0 where `k` is 0.
//!
//! Each element of `a` is used once, so that a large matrix is as fast as it comes from memory.
//!
//! Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.5.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use platforms::IsaLevel;

#[cfg(target_arch = "x86_64")]
use crate::blocks;
use crate::{
    agreement::sum_bound,
    inputs::Stream,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// Rows that the vector variants take at a time. A core reads several streams from memory faster than one, since its
/// prefetchers begin anew on every page of each; eight was the best on Zen 4, four and sixteen a tenth slower. Eight sums
/// are also what two FMAs a cycle of four cycles each need.
const ROWS: usize = 8;

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "gemv_f32",
    summary: "matrix times vector",
    contract: Contract::Tolerance,
    bound,
    unit: ThroughputUnit::FlopsPerSecond,
    extents: &[Extent::any('m'), Extent::any('k')],
    rows: &[
        ShapeRow { shape: "m256k256", vector: None, scalar: None },
        ShapeRow { shape: "m4096k4096", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
    ],
    counted: &["m4096k4096"],
    layout: |shape| {
        let (m, k) = (shape.extent('m'), shape.extent('k'));
        Layout { inputs: vec![4 * m * k, 4 * k], output: 4 * m, scratch: 0 }
    },
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_f32(operands.input_mut(0));
        Stream::new(seed, 1).fill_f32(operands.input_mut(1));
    },
    work: |shape| {
        let (m, k) = (shape.extent('m') as u64, shape.extent('k') as u64);
        Work { flops: 2 * m * k, bytes: 4 * (m * k + k + m), elements: m * k, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, matrix_times_vector, |a, x, y| scalar::gemv),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, matrix_times_vector, |a, x, y| avx2::gemv),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, matrix_times_vector, |a, x, y| avx512::gemv),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, matrix_times_vector, |a, x, y| neon::gemv),
    ],
};

/// Plain code adds to the sum so far, one product after the other.
fn bound(shape: &Shape, isa: IsaLevel) -> Bound {
    let bytes = 4 * shape.extent('m') * shape.extent('k');
    if isa == IsaLevel::Scalar { Bound::Latency } else { Bound::of_stream(bytes) }
}

/// Whether the next rows of `a` are asked for early.
#[cfg(target_arch = "x86_64")]
fn reads_ahead(m: usize, k: usize) -> bool {
    blocks::reads_ahead(platforms::cpu::this().caches, m * k, ROWS * k)
}

/// The first `ROWS` rows of `a`, which has rows of `k`.
#[inline]
fn rows_of<const ROWS: usize>(a: &[f32], k: usize) -> [&[f32]; ROWS] {
    std::array::from_fn(|row| &a[row * k..][..k])
}

fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (m, k) = (shape.extent('m'), shape.extent('k'));
    let (a, x) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let products = |i: usize| a[i * k..][..k].iter().zip(x).map(|(&a, &x)| f64::from(a) * f64::from(x));
    let magnitude = |i| products(i).filter(|product| product.is_finite()).map(f64::abs).sum();
    Reference::Tolerance {
        values: (0..m).map(|i| products(i).sum()).collect(),
        bounds: (0..m).map(|i| sum_bound(k, magnitude(i))).collect(),
    }
}
