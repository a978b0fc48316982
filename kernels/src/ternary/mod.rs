//! Products of ternary matrices and 8-bit activations: what `gemv_i2s`, `gemm_i2s` and the decoder share, one file an ISA.
//!
//! A matrix comes in its canonical form: rows of blocks of 32 bytes, 128 weights each; byte `p` of a block holds weights
//! `p`, `p + 32`, `p + 64` and `p + 96` in its bits 7:6, 5:4, 3:2 and 1:0, as codes one more than the weight. The variants for
//! x86-64 read it packed:
//!
//! | | |
//! |---|---|
//! | group | 64 rows, the last one filled up with weights that meet no output; groups stand one behind the other |
//! | line | 64 bytes, which a group has for each four columns, in the order of the columns |
//! | byte `4 * l + c` of a line | column `c` of the four, of the rows `l`, `l + 16`, `l + 32`, `l + 48` of the group, from bits 1:0 on |
//!
//! So memory sees one stream; a register meets four activations in all of its lanes, and no sum goes across lanes. One
//! packed matrix serves [`pack`]'s callers for vectors (`gemv`) and batches (`gemm`), under AVX2 and AVX-512.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod dotprod;
#[cfg(target_arch = "aarch64")]
pub(crate) mod i8mm;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;
#[cfg(target_arch = "aarch64")]
mod tiles;

#[cfg(target_arch = "x86_64")]
use crate::{operands::Operands, shape::Shape};

/// Weights in a block.
pub(crate) const BLOCK: usize = 128;
/// Bytes of a block.
pub(crate) const BLOCK_BYTES: usize = BLOCK / 4;
/// Rows that are packed together.
#[cfg(target_arch = "x86_64")]
pub(crate) const GROUP: usize = 64;
/// Columns that are packed together, and multiplied in one step.
#[cfg(target_arch = "x86_64")]
pub(crate) const QUAD: usize = 4;
/// Bytes of a quad of columns of a group.
#[cfg(target_arch = "x86_64")]
pub(crate) const LINE_BYTES: usize = GROUP * QUAD / 4;

/// What the sums of a vector are divided by and multiplied with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scales {
    /// Of the activations.
    pub(crate) s_a: f32,
    /// Of the weights.
    pub(crate) s_w: f32,
}

impl Scales {
    /// The output for a sum over a row.
    #[inline]
    pub(crate) fn apply(self, sum: i32) -> f32 {
        sum as f32 / self.s_a * self.s_w
    }
}

/// Vectors of activations, one behind the other, each with a scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vectors<'a> {
    /// As many of each vector.
    pub(crate) a: &'a [i8],
    /// One a vector.
    pub(crate) s_a: &'a [f32],
}

impl<'a> Vectors<'a> {
    /// Elements of a vector; 0 where there is none.
    #[inline]
    pub(crate) fn k(self) -> usize {
        self.a.len().checked_div(self.s_a.len()).unwrap_or(0)
    }

    /// Each with its scale.
    #[inline]
    pub(crate) fn each(self) -> impl Iterator<Item = (&'a [i8], f32)> {
        let k = self.k();
        self.s_a.iter().enumerate().map(move |(vector, &s_a)| (&self.a[vector * k..][..k], s_a))
    }
}

/// The rows of a canonical `w`, as many as there are outputs, in blocks.
#[inline]
pub(crate) fn rows<'a>(
    w: &'a [u8],
    k: usize,
    y: &'a mut [f32],
) -> impl Iterator<Item = (&'a [[u8; BLOCK_BYTES]], &'a mut f32)> {
    let row_blocks = k / BLOCK;
    let (blocks, _) = w.as_chunks::<BLOCK_BYTES>();
    y.iter_mut().enumerate().map(move |(row, y)| (&blocks[row * row_blocks..][..row_blocks], y))
}

/// What the codes, each one more than its weight, add to the sum over every row.
#[inline]
pub(crate) fn surplus(a: &[i8]) -> i32 {
    a.iter().copied().map(i32::from).sum()
}

/// Canonical rows that stay in the nearest cache while they meet one vector of activations after the other.
const NEAR_BYTES: usize = 16 << 10;

/// The product with many vectors by `gemv`, on a canonical `w`: some rows at a time, with all vectors.
#[inline]
fn by_gemv(gemv: impl Fn(&[u8], &[i8], Scales, &mut [f32]), w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    let Some(m) = y.len().checked_div(vectors.s_a.len()).filter(|&m| m > 0) else { return };
    let row_bytes = vectors.k() / 4;
    let step = NEAR_BYTES.checked_div(row_bytes).unwrap_or(m).max(1);
    for first in (0..m).step_by(step) {
        let count = step.min(m - first);
        let w = &w[first * row_bytes..][..count * row_bytes];
        for ((a, s_a), y) in vectors.each().zip(y.chunks_mut(m)) {
            gemv(w, a, Scales { s_a, s_w }, &mut y[first..][..count]);
        }
    }
}

/// Bytes of scratch memory in which the variants of a kernel keep its first input packed.
#[cfg(target_arch = "x86_64")]
pub(crate) fn scratch_bytes(shape: &Shape) -> usize {
    packed_bytes(shape.extent('m'), shape.extent('k'))
}

/// Packs the first input of a kernel into the beginning of its scratch memory.
#[cfg(target_arch = "x86_64")]
pub(crate) fn prepare(shape: &Shape, operands: &mut Operands<'_>) {
    let (inputs, _, scratch) = operands.split::<f32>();
    pack(inputs.get(0), shape.extent('m'), shape.extent('k'), &mut scratch[..scratch_bytes(shape)]);
}

/// Bytes of a packed matrix.
#[cfg(target_arch = "x86_64")]
pub(crate) fn packed_bytes(m: usize, k: usize) -> usize {
    m.next_multiple_of(GROUP) * k / 4
}

/// Packs the canonical `w` of `m` rows and `k` columns into [`packed_bytes`].
#[cfg(target_arch = "x86_64")]
pub(crate) fn pack(w: &[u8], m: usize, k: usize, packed: &mut [u8]) {
    /// Lines that a row's block goes to.
    const LINES: usize = BLOCK / QUAD;
    let row_blocks = k / BLOCK;
    if row_blocks == 0 {
        return;
    }
    let (blocks, _) = w.as_chunks::<BLOCK_BYTES>();
    let rows = &blocks[..m * row_blocks];
    let (lines, _) = packed.as_chunks_mut::<LINE_BYTES>();
    for (rows, lines) in rows.chunks(GROUP * row_blocks).zip(lines.chunks_mut(LINES * row_blocks)) {
        for (block, lines) in lines.as_chunks_mut::<LINES>().0.iter_mut().enumerate() {
            lines.as_flattened_mut().fill(0);
            for (row, blocks) in rows.chunks(row_blocks).enumerate() {
                let (lane, shift) = (row % 16, row / 16 * 2);
                let (words, _) = blocks[block].as_chunks::<QUAD>();
                for (quad, line) in lines.iter_mut().enumerate() {
                    // The eight words of a block have eight quads each in the same bits.
                    let codes = u32::from_le_bytes(words[quad % 8]) >> (6 - quad / 8 * 2) & 0x0303_0303;
                    let at = &mut line.as_chunks_mut::<QUAD>().0[lane];
                    *at = (u32::from_le_bytes(*at) | codes << shift).to_le_bytes();
                }
            }
        }
    }
}

/// The groups of a packed matrix, as many as have outputs.
#[cfg(target_arch = "x86_64")]
#[inline]
fn groups(packed: &[u8], m: usize, k: usize) -> impl Iterator<Item = &[[u8; LINE_BYTES]]> {
    let (lines, _) = packed.as_chunks::<LINE_BYTES>();
    let group_lines = k / QUAD;
    (0..m.div_ceil(GROUP)).map(move |group| &lines[group * group_lines..][..group_lines])
}

/// The four activations of a step, as a register takes them.
#[cfg(target_arch = "x86_64")]
#[inline]
fn quad(a: [i8; QUAD]) -> i32 {
    i32::from_le_bytes(a.map(i8::cast_unsigned))
}

/// The sums of the canonical rows of `w` with each of the vectors of `k` activations in `a`: `[vectors, m]`. Weight by weight,
/// by its place in the block, and wider than they need to be.
pub(crate) fn reference_sums(w: &[u8], m: usize, k: usize, a: &[i8]) -> Vec<i64> {
    if k == 0 {
        return Vec::new();
    }
    let mut weights = vec![0_i16; k];
    let mut sums = vec![0; a.len() / k * m];
    for (row, bytes) in w.chunks(k / 4).enumerate().take(m) {
        for (block, bytes) in weights.chunks_mut(BLOCK).zip(bytes.chunks(BLOCK_BYTES)) {
            for (place, weights) in block.chunks_mut(BLOCK_BYTES).enumerate() {
                for (weight, byte) in weights.iter_mut().zip(bytes) {
                    *weight = i16::from(byte >> (6 - 2 * place) & 3) - 1;
                }
            }
        }
        for (vector, a) in a.chunks(k).enumerate() {
            // That of a block is at most 128 * 2 * 128.
            let block_sum = |(weights, a): (&[i16], &[i8])| -> i32 {
                weights.iter().zip(a).map(|(&weight, &a)| i32::from(weight) * i32::from(a)).sum()
            };
            let block_sums = weights.chunks(BLOCK).zip(a.chunks(BLOCK)).map(block_sum);
            sums[vector * m + row] = block_sums.map(i64::from).sum();
        }
    }
    sums
}
