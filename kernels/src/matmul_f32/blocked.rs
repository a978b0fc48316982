//! What the vector variants share: blocks that fit the caches, packed so that the inner loop reads in order.
//!
//! Source: Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008; the order of
//! the loops as in Van Zee and van de Geijn, BLIS, ACM TOMS 41(3), 2015.
//!
//! A tile of `c` is `ROWS` by `COLUMNS`: as many accumulators as the registers of the ISA hold. A strip is what a tile
//! reads of `a` or `b`, one array for each step of the sum. Strips at the edges are filled up with zeros.

use super::Extents;
use crate::shape::Shape;

/// Steps of the sum in a block. A strip of `b` of 16 columns is then 16 KiB, half of a first-level cache.
const DEPTH: usize = 256;
/// Rows of `a` in a block, in full tiles: at most 144 KiB packed, a fraction of a second-level cache.
const BLOCK_ROWS: usize = 144;
/// Columns of `b` in a block, in full tiles: at most 2 MiB packed, a fraction of a third-level cache.
const BLOCK_COLUMNS: usize = 2048;

/// What the packed blocks of `a` and `b` take.
pub(super) fn scratch_bytes<const ROWS: usize, const COLUMNS: usize>(shape: &Shape) -> usize {
    let Extents { m, n, k } = Extents::of(shape);
    let (a_rows, b_columns) =
        (m.min(BLOCK_ROWS).next_multiple_of(ROWS), n.min(BLOCK_COLUMNS).next_multiple_of(COLUMNS));
    4 * k.min(DEPTH) * (a_rows + b_columns)
}

/// `c = a * b`. `add_tile` adds the product of a strip of `a` and one of `b` to a tile of `c`.
pub(super) fn matmul<const ROWS: usize, const COLUMNS: usize>(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    extents: Extents,
    scratch: &mut [f32],
    add_tile: impl Fn(&[[f32; ROWS]], &[[f32; COLUMNS]], [&mut [f32; COLUMNS]; ROWS]),
) {
    let Extents { m, n, k } = extents;
    c.fill(0.0);
    for column in (0..n).step_by(BLOCK_COLUMNS) {
        let columns = BLOCK_COLUMNS.min(n - column);
        for step in (0..k).step_by(DEPTH) {
            let depth = DEPTH.min(k - step);
            let (b_strips, a_strips) = scratch.split_at_mut(depth * columns.next_multiple_of(COLUMNS));
            let (b_strips, _) = b_strips.as_chunks_mut::<COLUMNS>();
            let (a_strips, _) = a_strips.as_chunks_mut::<ROWS>();
            pack_columns(&b[step * n + column..], n, columns, depth, b_strips);
            for row in (0..m).step_by(BLOCK_ROWS) {
                let rows = BLOCK_ROWS.min(m - row);
                pack_rows(&a[row * k + step..], k, rows, depth, a_strips);
                for (j, b_strip) in (0..columns).step_by(COLUMNS).zip(b_strips.chunks_exact(depth)) {
                    for (i, a_strip) in (0..rows).step_by(ROWS).zip(a_strips.chunks_exact(depth)) {
                        let tile = &mut c[(row + i) * n + column + j..];
                        let (tile_rows, tile_columns) = (ROWS.min(rows - i), COLUMNS.min(columns - j));
                        if (tile_rows, tile_columns) == (ROWS, COLUMNS) {
                            add_tile(a_strip, b_strip, rows_of(tile, n));
                        } else {
                            let mut whole = [[0.0; COLUMNS]; ROWS];
                            add_tile(a_strip, b_strip, whole.each_mut());
                            for (c, sums) in tile.chunks_mut(n).zip(&whole[..tile_rows]) {
                                c.iter_mut().zip(&sums[..tile_columns]).for_each(|(c, sum)| *c += sum);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The rows of a full tile that starts where `tile` does, in a matrix of rows of `n`.
fn rows_of<const ROWS: usize, const COLUMNS: usize>(tile: &mut [f32], n: usize) -> [&mut [f32; COLUMNS]; ROWS] {
    let mut rows = tile.chunks_mut(n);
    std::array::from_fn(|_| rows.next().and_then(<[f32]>::first_chunk_mut).expect("the tile is a full one"))
}

/// Packs columns of `b`, which has rows of `n`, into strips.
fn pack_columns<const COLUMNS: usize>(
    b: &[f32],
    n: usize,
    columns: usize,
    depth: usize,
    strips: &mut [[f32; COLUMNS]],
) {
    for (column, strip) in (0..columns).step_by(COLUMNS).zip(strips.chunks_exact_mut(depth)) {
        for (packed, b) in strip.iter_mut().zip(b.chunks(n)) {
            let b = &b[column..columns];
            if let Some(full) = b.first_chunk() {
                *packed = *full;
            } else {
                *packed = [0.0; COLUMNS];
                packed[..b.len()].copy_from_slice(b);
            }
        }
    }
}

/// Packs rows of `a`, which has rows of `k`, into strips.
fn pack_rows<const ROWS: usize>(a: &[f32], k: usize, rows: usize, depth: usize, strips: &mut [[f32; ROWS]]) {
    for (first, strip) in (0..rows).step_by(ROWS).zip(strips.chunks_exact_mut(depth)) {
        for lane in 0..ROWS {
            if first + lane < rows {
                let a = &a[(first + lane) * k..][..depth];
                strip.iter_mut().zip(a).for_each(|(packed, a)| packed[lane] = *a);
            } else {
                for packed in strip.iter_mut() {
                    packed[lane] = 0.0;
                }
            }
        }
    }
}
