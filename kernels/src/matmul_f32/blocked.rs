//! What the vector variants share: blocks that fit the caches, cut into tiles that fit the registers.
//!
//! Source: Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008; the order of
//! the loops as in Van Zee and van de Geijn, BLIS, ACM TOMS 41(3), 2015, but for these: a strip of `b` is packed just
//! before it is used, into the first-level cache, and the rows of `a` are not interleaved, only moved together.
//!
//! A tile of `c` has at most as many rows and registers of columns as the registers of the ISA hold. Rows and columns
//! that are no multiple of that are shared out evenly, so that no tile is so small that its sums wait for each other.

use super::Extents;
use crate::{
    blocks::{self, ProductBlocks},
    lanes::prefetch,
    shape::Shape,
};

/// From how many rows of `c` on each strip of `b` is packed: with fewer, packing costs more than reading in order saves.
const PACKED_FROM_ROWS: usize = 128;
/// Up to how many rows of `c` no block is made: `b` comes from memory once, and little is done with it.
pub(super) const FEW_ROWS: usize = 4;
/// Rows of `b` that are then added at a time. As many streams come faster from memory than one.
pub(super) const STEPS: usize = 8;

/// What an ISA brings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code<M, P> {
    /// How large its tiles are.
    pub(super) size: TileSize,
    /// Computes a tile.
    pub(super) multiply: M,
    /// Packs a strip of `b`.
    pub(super) pack: P,
}

/// The largest tile of an ISA.
#[derive(Clone, Copy, Debug)]
pub(super) struct TileSize {
    /// Rows.
    pub(super) rows: usize,
    /// Registers in a row.
    pub(super) registers: usize,
    /// Columns that a register holds.
    pub(super) lanes: usize,
    /// Columns that smaller registers hold, which take less time than a whole one; 0 where there are none.
    pub(super) narrow: usize,
    /// From how many columns of `c` on each block of `a` is copied, so that its rows are next to each other: the more tiles
    /// use it, and the fewer steps a tile's own work hides, the sooner that pays.
    pub(super) copied_from_columns: usize,
}

impl TileSize {
    /// The strips of `b`: the first column of each, and how many columns of whole registers it takes. The last few columns
    /// are a strip of their own where a smaller register holds them.
    #[inline]
    fn strips(self, n: usize) -> impl Iterator<Item = (usize, usize)> {
        let rest = n % self.lanes;
        let narrow = if rest <= self.narrow { rest } else { 0 };
        let whole = shares((n - narrow).div_ceil(self.lanes), self.registers);
        let whole = whole.map(move |(first, count)| (first * self.lanes, count * self.lanes));
        whole.chain((narrow > 0).then_some((n - narrow, self.narrow)))
    }
}

/// A strip of `b`, and where it goes.
#[derive(Debug)]
pub(super) struct Strip<'a> {
    /// From its first element on, a row each `stride`.
    pub(super) b: &'a [f32],
    pub(super) stride: usize,
    /// At least 1, and at most `padded`.
    pub(super) columns: usize,
    /// Rows of `padded` elements, the last of them 0, one after the other.
    pub(super) packed: &'a mut [f32],
    pub(super) padded: usize,
}

/// A tile of `c`, and what it is the product of.
#[derive(Debug)]
pub(super) struct Tile<'a> {
    /// Its rows of `a`, each `a_stride` behind the one before it.
    pub(super) a: &'a [f32],
    pub(super) a_stride: usize,
    /// Its columns of `b`, in whole registers, a row each `b_stride`.
    pub(super) b: &'a [f32],
    pub(super) b_stride: usize,
    /// From its first element on, a row each `c_stride`.
    pub(super) c: &'a mut [f32],
    pub(super) c_stride: usize,
    /// Steps of the sum, at least 1.
    pub(super) depth: usize,
    /// At least 1, and at most what the tile may have.
    pub(super) rows: usize,
    /// At least 1, and at most what the tile may have.
    pub(super) columns: usize,
    /// Whether `c` has the sum of the steps before these.
    pub(super) adds: bool,
    /// Whether `c` is likely to come from beyond the second-level cache.
    pub(super) far: bool,
}

impl<'a> Tile<'a> {
    /// Its rows of `a`, each as long as the sum has steps.
    #[inline]
    pub(super) fn rows_of_a<const ROWS: usize>(&self) -> [&'a [f32]; ROWS] {
        std::array::from_fn(|row| &self.a[row * self.a_stride..][..self.depth])
    }

    /// Asks for its rows of `c`, which take longer to come than the CPU looks ahead.
    #[inline]
    pub(super) fn prefetch_c(&self) {
        if self.far {
            for row in 0..self.rows {
                prefetch(&self.c[row * self.c_stride..][..self.columns]);
            }
        }
    }
}

/// The blocks of this CPU.
fn product_blocks() -> ProductBlocks {
    ProductBlocks::of(platforms::cpu::this().caches)
}

/// What the copied rows of `a` and the packed columns of `b` take.
pub(super) fn scratch_bytes(shape: &Shape, size: TileSize) -> usize {
    let Extents { m, k, .. } = Extents::of(shape);
    if m <= FEW_ROWS {
        return 0;
    }
    let blocks = product_blocks();
    4 * k.min(blocks.depth) * (m.min(blocks.rows) + size.registers * size.lanes)
}

/// `c = a * b`.
#[inline]
pub(super) fn matmul(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    extents: Extents,
    scratch: &mut [f32],
    code: &Code<impl Fn(Tile<'_>), impl Fn(Strip<'_>)>,
) {
    let Extents { m, n, k } = extents;
    if k == 0 {
        c.fill(0.0);
    }
    let blocks = product_blocks();
    for (step, depth) in shares(k, blocks.depth) {
        for (row, rows) in shares(m, blocks.rows) {
            let (copied, packed) =
                scratch.split_at_mut(if n < code.size.copied_from_columns { 0 } else { rows * depth });
            let (a, a_stride) = if copied.is_empty() {
                (&a[row * k + step..], k)
            } else {
                for (copied, a) in copied.chunks_exact_mut(depth).zip(a[row * k + step..].chunks(k)) {
                    copied.copy_from_slice(&a[..depth]);
                }
                (&*copied, depth)
            };
            for (column, padded) in code.size.strips(n) {
                let columns = padded.min(n - column);
                let b = &b[step * n + column..];
                let (b, b_stride) = if m < PACKED_FROM_ROWS && columns == padded {
                    (b, n)
                } else {
                    let packed = &mut packed[..depth * padded];
                    (code.pack)(Strip { b, stride: n, columns, packed, padded });
                    (&*packed, padded)
                };
                for (first, rows) in shares(rows, code.size.rows) {
                    (code.multiply)(Tile {
                        a: &a[first * a_stride..],
                        a_stride,
                        b,
                        b_stride,
                        c: &mut c[(row + first) * n + column..],
                        c_stride: n,
                        depth,
                        rows,
                        columns,
                        adds: step > 0,
                        far: m * n > blocks.near,
                    });
                }
            }
        }
    }
}

/// `c = a * b` for few rows: `add` adds rows of `b`, scaled by as many elements of `a`, to a row of `c`, or puts their sum
/// in its place. It gets `STEPS` elements of `a`, or one; and the rows of `b` that it should ask for on the way, if any.
#[inline]
pub(super) fn matmul_few(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    extents: Extents,
    add: impl Fn(&[f32], &[f32], Option<&[f32]>, &mut [f32], bool),
) {
    let Extents { m, n, k } = extents;
    if k == 0 {
        c.fill(0.0);
    }
    if n == 0 {
        return;
    }
    let whole = k - k % STEPS;
    let steps = (0..whole).step_by(STEPS).map(|step| (step, STEPS)).chain((whole..k).map(|step| (step, 1)));
    let ahead = blocks::reads_ahead(platforms::cpu::this().caches, k * n, STEPS * n);
    for (step, count) in steps {
        let next = (ahead && step + 2 * STEPS <= whole).then(|| &b[(step + STEPS) * n..]);
        for (i, c) in c.chunks_exact_mut(n).take(m).enumerate() {
            add(&a[i * k + step..][..count], &b[step * n..], next.filter(|_| i == 0), c, step > 0);
        }
    }
}

/// The first `STEPS` rows of `b`, as long as `c`.
#[inline]
pub(super) fn rows_of_b<const STEPS: usize>(b: &[f32], n: usize) -> [&[f32]; STEPS] {
    std::array::from_fn(|step| &b[step * n..][..n])
}

/// Cuts `total` into as few parts of at most `most` as there can be, as even as they can be: each part's start and length.
#[inline]
fn shares(total: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = total.div_ceil(most);
    (0..count).map(move |part| {
        let (start, end) = (total * part / count, total * (part + 1) / count);
        (start, end - start)
    })
}
