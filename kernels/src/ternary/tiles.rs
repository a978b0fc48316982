//! Tiles of rows and vectors, as the variants for ARM go through canonical matrices.

use std::array;

use super::{BLOCK, BLOCK_BYTES, Scales, Vectors, surplus};

/// Rows that are multiplied together, so that each load of activations serves them all.
pub(super) const ROWS: usize = 4;
/// Vectors of a batch that are multiplied together.
pub(super) const VECTORS: usize = 4;

/// Rows of a tile, in blocks.
pub(super) type Rows<'a> = [&'a [[u8; BLOCK_BYTES]]; ROWS];

/// The product with many vectors: tiles by `tile`, which gives the sums of codes times activations, for each vector those
/// of the rows; and the vectors that fill none by `gemv`.
#[inline]
pub(super) fn by_tiles(
    tile: impl Fn(Rows<'_>, [&[i8]; VECTORS]) -> [[i32; ROWS]; VECTORS],
    gemv: impl Fn(&[u8], &[i8], Scales, &mut [f32]),
    w: &[u8],
    vectors: Vectors<'_>,
    s_w: f32,
    y: &mut [f32],
) {
    let k = vectors.k();
    let Some(m) = y.len().checked_div(vectors.s_a.len()).filter(|&m| m > 0) else { return };
    let (blocks, _) = w.as_chunks::<BLOCK_BYTES>();
    let whole = vectors.s_a.len() / VECTORS * VECTORS;
    for start in (0..whole).step_by(VECTORS) {
        let a: [&[i8]; VECTORS] = array::from_fn(|vector| &vectors.a[(start + vector) * k..][..k]);
        let surpluses = a.map(surplus);
        for first in (0..m).step_by(ROWS) {
            let end = m.min(first + ROWS);
            let sums = tile(rows_from(blocks, k / BLOCK, first, end), a);
            for (vector, (sums, surplus)) in sums.iter().zip(surpluses).enumerate() {
                let scales = Scales { s_a: vectors.s_a[start + vector], s_w };
                for (y, sum) in y[(start + vector) * m..][first..end].iter_mut().zip(sums) {
                    *y = scales.apply(sum - surplus);
                }
            }
        }
    }
    for (vector, (a, s_a)) in vectors.each().enumerate().skip(whole) {
        gemv(w, a, Scales { s_a, s_w }, &mut y[vector * m..][..m]);
    }
}

/// The rows from `start` to `end`, the last one again for each that there is not.
#[inline]
pub(super) fn rows_from(blocks: &[[u8; BLOCK_BYTES]], row_blocks: usize, start: usize, end: usize) -> Rows<'_> {
    array::from_fn(|row| &blocks[(start + row).min(end - 1) * row_blocks..][..row_blocks])
}
