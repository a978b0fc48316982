//! Transposition of an `f32` matrix.
//!
//! `y[j, i] = a[i, j]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `a` | `[r, c]` | f32 | row-major, contiguous |
//! | `y` | `[c, r]` | f32 | row-major, contiguous; what stood in it does not matter |
//!
//! Exact: the elements keep their bits, but a NaN may become another one.
//!
//! One of the two sides is always read or written across its rows. Where rows are a power of two apart, what is across
//! falls into the same few places of a cache, so that a tile takes all of a line at once and does not come back for it.
//!
//! Source: Gatlin and Carter, Memory Hierarchy Considerations for Fast Transpose and Bit-Reversals, HPCA 1999.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod blocked;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    inputs::Stream,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "transpose_f32",
    summary: "transposed matrix",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(8 * shape.extent('r') * shape.extent('c')),
    unit: ThroughputUnit::BytesPerSecond,
    extents: &[Extent::any('r'), Extent::any('c')],
    rows: &[
        ShapeRow { shape: "r100c100", vector: None, scalar: None },
        ShapeRow { shape: "r1000c1000", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "r4096c4096", vector: None, scalar: None },
    ],
    counted: &["r1000c1000"],
    layout: |shape| {
        let bytes = 4 * shape.extent('r') * shape.extent('c');
        Layout { inputs: vec![bytes], output: bytes, scratch: 0 }
    },
    fill: |_, operands, seed| Stream::new(seed, 0).fill_f32(operands.input_mut(0)),
    work: |shape| {
        let elements = (shape.extent('r') * shape.extent('c')) as u64;
        Work { flops: 0, bytes: 8 * elements, elements, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, rearrange, |a, y, rows, columns| scalar::transpose),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, rearrange, |a, y, rows, columns| avx2::transpose),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, rearrange, |a, y, rows, columns| avx512::transpose),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, rearrange, |a, y, rows, columns| neon::transpose),
    ],
};

fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (rows, columns) = (shape.extent('r'), shape.extent('c'));
    let a = operands.input::<f32>(0);
    let y = (0..columns).flat_map(|j| (0..rows).map(move |i| a[i * columns + j]));
    Reference::exact(&y.collect::<Vec<_>>())
}
