//! Product of a ternary matrix and a vector of 8-bit activations by look-up, the weights packed in triples (`TL2`).
//!
//! `y[i] = (sum over j of w[i, j] * a[j]) / s_a * s_w`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `w` | `[ceil(m / 128), k / 24, 640]` | u8 | tiles of 128 rows; in each, blocks of 24 columns |
//! | `a` | `[k]` | i8 | contiguous |
//! | `s_a`, `s_w` | `[2]` | f32 | `127 / absmax` of the activations, `absmax` of the weights |
//! | `y` | `[m]` | f32 | contiguous |
//!
//! `k` is a multiple of 24; a matrix of other columns is filled up with weights of 0. Three neighbouring weights of a
//! row, `t0`, `t1` and `t2`, make `v = 9 * t0 + 3 * t1 + t2`, stored as the index `|v|` and a sign, 5 bits for three
//! weights. A block has the indexes of its eight triples, 64 bytes each, byte `p` with that of row `p` of the tile in
//! its bits 3:0 and that of row `p + 64` in its bits 7:4; and then a byte of signs for each row, from its bit 7 for the
//! first triple down to bit 0, set where `v` is below 0. The indexes 14 and 15, which no triple has, count as 0, as
//! index 0 does under either sign. Rows past `m` may be anything.
//!
//! Exact, for all bytes: the sum is of integers in 32 bits, which is enough for a `k` of sixteen million; then it
//! becomes f32, is divided and multiplied, each rounded half to even. `0 / s_a * s_w` where `k` is 0.
//!
//! For each triple of activations there is a table of what every index adds to the sum; the call makes all of them
//! first, in scratch memory, and no row multiplies any more.
//!
//! Beside [`gemv_i2s`](super::gemv_i2s) on a Zen 4, 4096 by 4096: 0.7 to 0.85 of its speed under AVX2, 0.6 to 0.7
//! under AVX-512, where one instruction multiplies and adds what takes a look-up two and more; 0.7 in scalar code. It
//! is for CPUs whose shuffles are faster than their products of bytes, and for memory that is dear: the weights take
//! five sixths of the bytes.
//!
//! Source: `TL2` of bitnet.cpp (Wang et al., Bitnet.cpp: Efficient Edge Inference for Ternary LLMs, 2025, section 3.1);
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
    lookup::{BLOCK, GROUP_BYTES, Indexes, TILE, Table, matrix_bytes},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// Weights of an index.
const GROUP: usize = 3;
/// Columns of a block.
const BLOCK_COLUMNS: usize = GROUP * BLOCK;
/// Bytes of the indexes of a block, for all rows of a tile.
const INDEX_BYTES: usize = BLOCK * GROUP_BYTES;
/// Bytes of a block, for all rows of a tile.
const BLOCK_BYTES: usize = INDEX_BYTES + TILE;
/// Blocks whose sums are kept in 16 bits: a triple adds at most 384, a block 3072.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const NARROW_BLOCKS: usize = 10;

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "gemv_tl2",
    summary: "ternary matrix times 8-bit vector, by look-up of triples",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(shape.extent('m') * shape.extent('k') / 5),
    unit: ThroughputUnit::FlopsPerSecond,
    extents: &[Extent::any('m'), Extent { letter: 'k', multiple_of: BLOCK_COLUMNS }],
    // 4096 columns, filled up.
    rows: &[ShapeRow { shape: "m4096k4104", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) }],
    counted: &["m4096k4104"],
    layout: |shape| {
        let (m, k) = (shape.extent('m'), shape.extent('k'));
        Layout {
            inputs: vec![matrix_bytes(m, k / BLOCK_COLUMNS * BLOCK_BYTES / TILE), k, 8],
            output: 4 * m,
            scratch: 0,
        }
    },
    fill: |_, operands, seed| {
        let mut weights = Stream::new(seed, 0);
        for block in operands.input_mut::<u8>(0).chunks_mut(BLOCK_BYTES) {
            let (indexes, signs) = block.split_at_mut(INDEX_BYTES);
            weights.fill_triples(indexes, signs);
        }
        Stream::new(seed, 1).fill_activations(operands.input_mut(1));
        Stream::new(seed, 2).fill_scales(operands.input_mut(2));
    },
    work: |shape| {
        let (m, k) = (shape.extent('m') as u64, shape.extent('k') as u64);
        Work { flops: 2 * m * k, bytes: m * k / 24 * 5 + k + 8 + 4 * m, elements: m * k, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, ternary_by_lookup, |w, a, scales, y, tables| scalar::gemv,
            scratch_bytes: |shape| shape.extent('k') / GROUP * 2 * size_of::<Table>()),
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

/// What the weights of each index make of a triple of activations.
#[inline]
fn table([a0, a1, a2]: [i8; GROUP]) -> Table {
    /// The first weight of each index, the second and the third.
    const WEIGHTS: [Table; GROUP] = [
        [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0],
        [0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 0, 0],
        [0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, 0, 0],
    ];
    let mut table = [0; 16];
    for (index, entry) in table.iter_mut().enumerate() {
        *entry =
            WEIGHTS[0][index] * i16::from(a0) + WEIGHTS[1][index] * i16::from(a1) + WEIGHTS[2][index] * i16::from(a2);
    }
    table
}

/// The blocks of a tile: the indexes of each triple, and the signs of the rows.
#[inline]
fn blocks(tile: &[u8]) -> impl Iterator<Item = (&[Indexes; BLOCK], &[u8; TILE])> {
    let (blocks, _) = tile.as_chunks::<BLOCK_BYTES>();
    blocks.iter().filter_map(|block| {
        let (indexes, signs) = block.split_last_chunk()?;
        Some((indexes.as_chunks().0.first_chunk()?, signs))
    })
}

/// Bytes of a tile.
#[inline]
fn tile_bytes(k: usize) -> usize {
    k / BLOCK_COLUMNS * BLOCK_BYTES
}

/// Weight by weight, by its place in its triple.
#[expect(clippy::cast_precision_loss, reason = "rounded as the contract says")]
fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (rows, k) = (shape.extent('m'), shape.extent('k'));
    let (w, a, scales) = (operands.input::<u8>(0), operands.input::<i8>(1), operands.input::<f32>(2));
    let weight = |i: usize, j: usize| {
        let (tile, row) = (i / TILE, i % TILE);
        let block = &w[tile * tile_bytes(k) + j / BLOCK_COLUMNS * BLOCK_BYTES..][..BLOCK_BYTES];
        let triple = j % BLOCK_COLUMNS / 3;
        let byte = block[triple * GROUP_BYTES + row % GROUP_BYTES];
        let index = i64::from(if row < GROUP_BYTES { byte & 15 } else { byte >> 4 });
        let magnitude = if index > 13 { 0 } else { index };
        let is_negative = block[INDEX_BYTES + row] >> (7 - triple) & 1 == 1;
        // In base 3, each digit one more than its weight.
        let digits = 13 + if is_negative { -magnitude } else { magnitude };
        [digits / 9, digits / 3 % 3, digits % 3][j % 3] - 1
    };
    let sum = |i: usize| (0..k).map(|j| weight(i, j) * i64::from(a[j])).sum::<i64>();
    let outputs = (0..rows).map(|i| sum(i) as f32 / scales[0] * scales[1]);
    Reference::exact(&outputs.collect::<Vec<_>>())
}
