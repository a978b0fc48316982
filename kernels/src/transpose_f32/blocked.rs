//! What the vector variants share: strips of tiles.

use crate::{
    blocks::{near_elements, transposed_columns},
    lanes::prefetch,
};

/// Elements in a line.
const LINE: usize = 16;

/// A tile, and where its transpose goes.
#[derive(Debug)]
pub(super) struct Tile<'a> {
    /// From its first element on, a row each `a_stride`.
    pub(super) a: &'a [f32],
    pub(super) a_stride: usize,
    /// From its first element on, a row each `y_stride`.
    pub(super) y: &'a mut [f32],
    pub(super) y_stride: usize,
    /// Rows of `a`, columns of `y`: at least 1, and at most what a tile has.
    pub(super) rows: usize,
    /// Columns of `a`, rows of `y`: at least 1, and at most what a tile has.
    pub(super) columns: usize,
}

impl Tile<'_> {
    /// A row of `a`, of a whole tile.
    #[inline]
    pub(super) fn from<const EDGE: usize>(&self, row: usize) -> &[f32; EDGE] {
        self.a[row * self.a_stride..].first_chunk().expect("the tile is a whole one")
    }

    /// A row of `y`, of a whole tile.
    #[inline]
    pub(super) fn to<const EDGE: usize>(&mut self, row: usize) -> &mut [f32; EDGE] {
        self.y[row * self.y_stride..].first_chunk_mut().expect("the tile is a whole one")
    }
}

/// `y = a` transposed, in strips of columns of `a`, from the first row to the last, by tiles of `edge` rows and columns.
/// `transpose` does a tile.
///
/// A strip is so narrow that the lines that are being written, one for each of its columns, stay in the first-level cache
/// until they are full. The tiles that fill a line follow each other, so that lines that cannot stay are full anyway.
#[inline]
pub(super) fn transpose(
    a: &[f32],
    y: &mut [f32],
    rows: usize,
    columns: usize,
    edge: usize,
    transpose: impl Fn(Tile<'_>),
) {
    let caches = platforms::cpu::this().caches;
    let strip = transposed_columns(caches);
    let is_far = rows * columns > near_elements(caches);
    for first in (0..columns).step_by(strip) {
        let end = columns.min(first + strip);
        for line in (0..rows).step_by(LINE) {
            // The rows after these, of which the CPU sees only short pieces.
            for row in if is_far { line + LINE..rows.min(line + 2 * LINE) } else { 0..0 } {
                prefetch(&a[row * columns + first..row * columns + end]);
            }
            for j in (first..end).step_by(edge) {
                for i in (line..rows.min(line + LINE)).step_by(edge) {
                    // The last tile reaches back over the one before it, rather than being a part of one.
                    let (i, j) = (i.min(rows.saturating_sub(edge)), j.min(columns.saturating_sub(edge)));
                    transpose(Tile {
                        a: &a[i * columns + j..],
                        a_stride: columns,
                        y: &mut y[j * rows + i..],
                        y_stride: rows,
                        rows: edge.min(rows - i),
                        columns: edge.min(columns - j),
                    });
                }
            }
        }
    }
}
