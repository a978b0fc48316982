//! Product of a ternary matrix and a vector of 8-bit activations by look-up, the weights packed in pairs (`TL1`).
//!
//! `y[i] = (sum over j of w[i, j] * a[j]) / s_a * s_w`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `w` | `[ceil(m / 128), k / 2, 64]` | u8 | tiles of 128 rows; in each, pair by pair, two rows a byte |
//! | `a` | `[k]` | i8 | contiguous |
//! | `s_a`, `s_w` | `[2]` | f32 | `127 / absmax` of the activations, `absmax` of the weights |
//! | `y` | `[m]` | f32 | contiguous |
//!
//! `k` is a multiple of 16. Two neighbouring weights of a row, `t0` and `t1`, are stored as the index `3 * t0 + t1 +
//! 4`; byte `p` of a pair has that of row `p` of the tile in its bits 3:0 and that of row `p + 64` in its bits 7:4. The
//! indexes 9 to 15, which no pair has, count as 4: both weights 0. Rows past `m` may be anything.
//!
//! Exact, for all bytes: the sum is of integers in 32 bits, which is enough for a `k` of sixteen million; then it
//! becomes f32, is divided and multiplied, each rounded half to even. `0 / s_a * s_w` where `k` is 0.
//!
//! For each pair of activations there is a table of what every index adds to the sum; the call makes all of them first,
//! in scratch memory, and no row multiplies any more.
//!
//! Beside [`gemv_i2s`](super::gemv_i2s) on a Zen 4, 4096 by 4096: 0.8 to 0.95 of its speed under AVX2, 0.5 to 0.65
//! under AVX-512, where one instruction multiplies and adds what takes a look-up two and more; 1.1 in scalar code. It
//! is for CPUs whose shuffles are faster than their products of bytes.
//!
//! Source: `TL1` of bitnet.cpp (Wang et al., Bitnet.cpp: Efficient Edge Inference for Ternary LLMs, 2025, section 3.1);
//! the layout is our own.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    inputs::Stream,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    lookup::{BLOCK, GROUP_BYTES, TILE, Table, matrix_bytes},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// Weights of an index.
const GROUP: usize = 2;
/// Blocks whose sums are kept in 16 bits: a pair adds at most 256, a block 2048.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const NARROW_BLOCKS: usize = 15;

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "gemv_tl1",
    summary: "ternary matrix times 8-bit vector, by look-up of pairs",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(shape.extent('m') * shape.extent('k') / 4),
    unit: ThroughputUnit::FlopsPerSecond,
    extents: &[Extent::any('m'), Extent { letter: 'k', multiple_of: GROUP * BLOCK }],
    rows: &[ShapeRow { shape: "m4096k4096", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) }],
    counted: &["m4096k4096"],
    layout: |shape| {
        let (m, k) = (shape.extent('m'), shape.extent('k'));
        Layout { inputs: vec![matrix_bytes(m, k / 4), k, 8], output: 4 * m, scratch: 0 }
    },
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_pairs(operands.input_mut(0));
        Stream::new(seed, 1).fill_activations(operands.input_mut(1));
        Stream::new(seed, 2).fill_scales(operands.input_mut(2));
    },
    work: |shape| {
        let (m, k) = (shape.extent('m') as u64, shape.extent('k') as u64);
        Work { flops: 2 * m * k, bytes: m * k / 4 + k + 8 + 4 * m, elements: m * k, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, ternary_by_lookup, |w, a, scales, y, tables| scalar::gemv,
            scratch_bytes: |shape| shape.extent('k') / GROUP * size_of::<Table>()),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, ternary_by_lookup, |w, a, scales, y, tables| avx2::gemv,
            scratch_bytes: |shape| shape.extent('k') / GROUP * size_of::<crate::lookup::Halves>()),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, ternary_by_lookup, |w, a, scales, y, tables| avx512::gemv,
            scratch_bytes: |shape| shape.extent('k') / GROUP * size_of::<crate::lookup::avx512::Table>()),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, ternary_by_lookup, |w, a, scales, y, tables| neon::gemv,
            scratch_bytes: |shape| shape.extent('k') / GROUP * size_of::<crate::lookup::Halves>()),
    ],
};

/// What the weights of each index make of a pair of activations.
#[inline]
fn table([a0, a1]: [i8; GROUP]) -> Table {
    /// The first weight of each index, and the second.
    const WEIGHTS: [Table; GROUP] =
        [[-1, -1, -1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [-1, 0, 1, -1, 0, 1, -1, 0, 1, 0, 0, 0, 0, 0, 0, 0]];
    let mut table = [0; 16];
    for (index, entry) in table.iter_mut().enumerate() {
        *entry = WEIGHTS[0][index] * i16::from(a0) + WEIGHTS[1][index] * i16::from(a1);
    }
    table
}

/// Bytes of a tile.
#[inline]
fn tile_bytes(k: usize) -> usize {
    k / GROUP * GROUP_BYTES
}

/// Weight by weight, by its place in its pair.
#[expect(clippy::cast_precision_loss, reason = "rounded as the contract says")]
fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (rows, k) = (shape.extent('m'), shape.extent('k'));
    let (w, a, scales) = (operands.input::<u8>(0), operands.input::<i8>(1), operands.input::<f32>(2));
    let weight = |i: usize, j: usize| {
        let (tile, row) = (i / TILE, i % TILE);
        let byte = w[tile * tile_bytes(k) + j / 2 * GROUP_BYTES + row % GROUP_BYTES];
        let index = i64::from(if row < GROUP_BYTES { byte & 15 } else { byte >> 4 });
        let index = if index > 8 { 4 } else { index };
        [index / 3, index % 3][j % 2] - 1
    };
    let sum = |i: usize| (0..k).map(|j| weight(i, j) * i64::from(a[j])).sum::<i64>();
    let outputs = (0..rows).map(|i| sum(i) as f32 / scales[0] * scales[1]);
    Reference::exact(&outputs.collect::<Vec<_>>())
}
