//! The NEON variant.

use std::arch::aarch64::{vaddq_f32, vdupq_n_f32, vfmaq_f32, vfmaq_n_f32};

use super::{
    Extents,
    blocked::{self, Code, FEW_ROWS, STEPS, Strip, Tile, TileSize, rows_of_b},
};
use crate::{
    lanes::neon::{LANES, load, load_first, store, store_first},
    shape::Shape,
};

const SIZE: TileSize = TileSize { rows: 6, registers: 4, lanes: LANES, narrow: 0, copied_from_columns: 384 };

/// What the copied and packed operands take.
pub(super) fn scratch_bytes(shape: &Shape) -> usize {
    blocked::scratch_bytes(shape, SIZE)
}

/// Tiles of 6 by 16: twenty-four accumulators, where sixteen would do for an FMA of four cycles of which four issue a cycle,
/// four registers of `b` and up to four of `a` out of thirty-two.
#[target_feature(enable = "neon")]
pub(super) fn matmul(a: &[f32], b: &[f32], c: &mut [f32], extents: Extents, scratch: &mut [f32]) {
    if extents.m <= FEW_ROWS {
        return blocked::matmul_few(a, b, c, extents, |a, b, _, c, adds| match a.as_array::<STEPS>() {
            Some(a) => add_rows(a, b, c, adds),
            None => add_rows(&[a[0]], b, c, adds),
        });
    }
    let multiply = |tile: Tile<'_>| match tile.rows {
        1 => of_rows::<1>(tile),
        2 => of_rows::<2>(tile),
        3 => of_rows::<3>(tile),
        4 => of_rows::<4>(tile),
        5 => of_rows::<5>(tile),
        _ => of_rows::<6>(tile),
    };
    let code = Code { size: SIZE, multiply, pack: |strip: Strip<'_>| pack(strip) };
    blocked::matmul(a, b, c, extents, scratch, &code);
}

#[target_feature(enable = "neon")]
fn of_rows<const ROWS: usize>(tile: Tile<'_>) {
    match tile.columns.div_ceil(LANES) {
        1 => multiply::<ROWS, 1>(tile),
        2 => multiply::<ROWS, 2>(tile),
        3 => multiply::<ROWS, 3>(tile),
        _ => multiply::<ROWS, 4>(tile),
    }
}

#[expect(clippy::needless_range_loop, reason = "iterators over the sums would keep them in memory")]
// A function of its own, so that the loops around it take none of its registers.
#[inline(never)]
#[target_feature(enable = "neon")]
fn multiply<const ROWS: usize, const REGISTERS: usize>(tile: Tile<'_>) {
    let a = tile.rows_of_a::<ROWS>();
    tile.prefetch_c();
    let mut sums = [[vdupq_n_f32(0.0); REGISTERS]; ROWS];
    for (step, b) in (0..tile.depth).zip(tile.b.chunks(tile.b_stride)) {
        let Some(b) = b.as_chunks().0.first_chunk::<REGISTERS>() else { break };
        let b = b.each_ref().map(|b| load(b));
        for row in 0..ROWS {
            let a = a[row][step];
            for i in 0..REGISTERS {
                sums[row][i] = vfmaq_n_f32(sums[row][i], b[i], a);
            }
        }
    }
    let Tile { c, c_stride, columns, adds, .. } = tile;
    for row in 0..ROWS {
        let c = &mut c[row * c_stride..][..columns];
        if let Some(c) = c.as_chunks_mut().0.first_chunk_mut::<REGISTERS>() {
            for i in 0..REGISTERS {
                let sum = sums[row][i];
                let total = if adds { vaddq_f32(load(&c[i]), sum) } else { sum };
                store(&mut c[i], total);
            }
        } else {
            let (c, rest) = c.as_chunks_mut();
            for i in 0..REGISTERS {
                let sum = sums[row][i];
                if let Some(c) = c.get_mut(i) {
                    store(c, if adds { vaddq_f32(load(c), sum) } else { sum });
                } else {
                    store_first(rest, if adds { vaddq_f32(load_first(rest, 0.0), sum) } else { sum });
                }
            }
        }
    }
}

#[target_feature(enable = "neon")]
fn pack(strip: Strip<'_>) {
    let Strip { b, stride, columns, packed, padded } = strip;
    for (packed, b) in packed.chunks_exact_mut(padded).zip(b.chunks(stride)) {
        let (b, rest) = b[..columns].as_chunks();
        let packed = packed.as_chunks_mut().0;
        for (packed, b) in packed.iter_mut().zip(b) {
            store(packed, load(b));
        }
        if let Some(packed) = packed.get_mut(b.len()) {
            store(packed, load_first(rest, 0.0));
        }
    }
}

/// Adds rows of `b`, scaled, to `c`, 4 registers of each in turn: a line.
#[target_feature(enable = "neon")]
fn add_rows<const STEPS: usize>(a: &[f32; STEPS], b: &[f32], c: &mut [f32], adds: bool) {
    const TURN: usize = 4;
    let b = rows_of_b::<STEPS>(b, c.len());
    let (c, c_rest) = c.as_chunks_mut::<LANES>();
    let (c_turns, c_lanes) = c.as_chunks_mut::<TURN>();
    for (turn, c) in c_turns.iter_mut().enumerate() {
        let mut sums = [vdupq_n_f32(0.0); TURN];
        if adds {
            for i in 0..TURN {
                sums[i] = load(&c[i]);
            }
        }
        for step in 0..STEPS {
            let a = vdupq_n_f32(a[step]);
            let b = &b[step].as_chunks::<LANES>().0.as_chunks::<TURN>().0[turn];
            for i in 0..TURN {
                sums[i] = vfmaq_f32(sums[i], load(&b[i]), a);
            }
        }
        for i in 0..TURN {
            store(&mut c[i], sums[i]);
        }
    }
    for (i, c) in c_lanes.iter_mut().enumerate() {
        let mut sum = if adds { load(c) } else { vdupq_n_f32(0.0) };
        for step in 0..STEPS {
            let b = &b[step].as_chunks::<LANES>().0.as_chunks::<TURN>().1[i];
            sum = vfmaq_f32(sum, load(b), vdupq_n_f32(a[step]));
        }
        store(c, sum);
    }
    let mut sum = if adds { load_first(c_rest, 0.0) } else { vdupq_n_f32(0.0) };
    for step in 0..STEPS {
        let b = load_first(b[step].as_chunks::<LANES>().1, 0.0);
        sum = vfmaq_f32(sum, b, vdupq_n_f32(a[step]));
    }
    store_first(c_rest, sum);
}
