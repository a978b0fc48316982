//! Sum of two 2-D `f32` tensors, element by element.
//!
//! `y[i, j] = a[i, j] + b[i, j]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a`, `b` | `[r, c]` | f32 | rows of `c` elements, `stride` apart: views into wider tensors |
//! | `y` | `[r, c]` | f32 | contiguous |
//!
//! `stride` is the first multiple of 16 above `c`, so that the rows of `a` and `b` begin on cache lines as the views
//! do, and never follow each other without a gap. What stands in the gaps does not matter.
//!
//! Exact: each element is rounded once, half to even. A NaN in either gives a NaN, as `inf - inf` does;
//! `-0.0 + 0.0` is `0.0`. Subnormals are numbers like others, in and out; no element is flushed to 0.
//!
//! Source: IEEE 754-2019, section 5.4.1.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    elementwise,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "tensor_add_f32",
    summary: "sum of two tensors of strided rows",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(12 * shape.extent('r') * shape.extent('c')),
    unit: ThroughputUnit::BytesPerSecond,
    extents: &[Extent::any('r'), Extent::any('c')],
    rows: &[
        ShapeRow { shape: "r100c100", vector: Some(Profile::Quick), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "r1000c1000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
    ],
    counted: &["r100c100"],
    layout,
    // The gaps too, with values as good as any.
    fill: elementwise::fill,
    work: |shape| {
        let elements = (shape.extent('r') * shape.extent('c')) as u64;
        Work { flops: elements, bytes: 12 * elements, elements, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, map_rows, |a, b, y, columns| scalar::add),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, map_rows, |a, b, y, columns| avx2::add),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, map_rows, |a, b, y, columns| avx512::add),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, map_rows, |a, b, y, columns| neon::add),
    ],
};

/// How far the rows of `a` and `b` are apart, in elements.
const fn stride(columns: usize) -> usize {
    (columns + 1).next_multiple_of(16)
}

/// The rows: of `a` and `b` without the gaps, and of `y`.
#[inline]
fn rows<'a>(
    a: &'a [f32],
    b: &'a [f32],
    y: &'a mut [f32],
    columns: usize,
) -> impl Iterator<Item = (&'a [f32], &'a [f32], &'a mut [f32])> {
    let (a, b) = (a.chunks_exact(stride(columns)), b.chunks_exact(stride(columns)));
    // Without columns `y` is empty, and so is what follows; only a chunk may not be.
    let y = y.chunks_exact_mut(columns.max(1));
    y.zip(a).zip(b).map(move |((y, a), b)| (&a[..columns], &b[..columns], y))
}

fn layout(shape: &Shape) -> Layout {
    let (r, c) = (shape.extent('r'), shape.extent('c'));
    Layout { inputs: vec![4 * r * stride(c); 2], output: 4 * r * c, scratch: 0 }
}

/// Of the elements alone, by their indices.
#[expect(clippy::cast_possible_truncation, reason = "the one rounding that the contract asks for")]
fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (a, b) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let (rows, columns) = (shape.extent('r'), shape.extent('c'));
    let at = |tensor: &[f32], i: usize, j: usize| f64::from(tensor[i * stride(columns) + j]);
    let sums = (0..rows).flat_map(|i| (0..columns).map(move |j| (at(a, i, j) + at(b, i, j)) as f32));
    Reference::exact(&sums.collect::<Vec<_>>())
}
