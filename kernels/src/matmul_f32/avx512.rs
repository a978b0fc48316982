//! The AVX-512 variant.

use std::arch::x86_64::{
    _mm256_fmadd_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm512_add_ps, _mm512_castps256_ps512, _mm512_fmadd_ps,
    _mm512_set1_ps, _mm512_setzero_ps,
};

use super::{
    Extents,
    blocked::{self, Code, FEW_ROWS, STEPS, Strip, Tile, TileSize, rows_of_b},
};
use crate::{
    lanes::{
        self,
        avx512::{LANES, load, load_first, store, store_first},
        prefetch_far,
    },
    shape::Shape,
};

const SIZE: TileSize = TileSize { rows: 9, registers: 3, lanes: LANES, narrow: LANES / 2, copied_from_columns: 768 };

/// What the copied and packed operands take.
pub(super) fn scratch_bytes(shape: &Shape) -> usize {
    blocked::scratch_bytes(shape, SIZE)
}

/// Tiles of 9 by 48: twenty-seven accumulators, three registers of `b` and two of `a` out of thirty-two. Four accumulators
/// would do for an FMA of four cycles; the larger the tile, the less it loads for each of them.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn matmul(a: &[f32], b: &[f32], c: &mut [f32], extents: Extents, scratch: &mut [f32]) {
    if extents.m <= FEW_ROWS {
        return blocked::matmul_few(a, b, c, extents, |a, b, next, c, adds| match (a.as_array::<STEPS>(), next) {
            (Some(a), Some(next)) => add_rows::<STEPS, true>(a, b, next, c, adds),
            (Some(a), None) => add_rows::<STEPS, false>(a, b, b, c, adds),
            (None, _) => add_rows::<1, false>(&[a[0]], b, b, c, adds),
        });
    }
    let multiply = |tile: Tile<'_>| match tile.rows {
        1 => of_rows::<1>(tile),
        2 => of_rows::<2>(tile),
        3 => of_rows::<3>(tile),
        4 => of_rows::<4>(tile),
        5 => of_rows::<5>(tile),
        6 => of_rows::<6>(tile),
        7 => of_rows::<7>(tile),
        8 => of_rows::<8>(tile),
        _ => of_rows::<9>(tile),
    };
    let code = Code { size: SIZE, multiply, pack: |strip: Strip<'_>| pack(strip) };
    blocked::matmul(a, b, c, extents, scratch, &code);
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn of_rows<const ROWS: usize>(tile: Tile<'_>) {
    match tile.columns.div_ceil(LANES) {
        _ if tile.columns <= LANES / 2 => multiply_half::<ROWS>(tile),
        1 => multiply::<ROWS, 1>(tile),
        2 => multiply::<ROWS, 2>(tile),
        _ => multiply::<ROWS, 3>(tile),
    }
}

#[expect(clippy::needless_range_loop, reason = "iterators over the sums would keep them in memory")]
// A function of its own, so that the loops around it take none of its registers.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn multiply<const ROWS: usize, const REGISTERS: usize>(tile: Tile<'_>) {
    let a = tile.rows_of_a::<ROWS>();
    tile.prefetch_c();
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for (step, b) in (0..tile.depth).zip(tile.b.chunks(tile.b_stride)) {
        let Some(b) = b.as_chunks().0.first_chunk::<REGISTERS>() else { break };
        let b = b.each_ref().map(|b| load(b));
        for row in 0..ROWS {
            let a = _mm512_set1_ps(a[row][step]);
            for i in 0..REGISTERS {
                sums[row][i] = _mm512_fmadd_ps(a, b[i], sums[row][i]);
            }
        }
    }
    let Tile { c, c_stride, columns, adds, .. } = tile;
    for row in 0..ROWS {
        let c = &mut c[row * c_stride..][..columns];
        if let Some(c) = c.as_chunks_mut().0.first_chunk_mut::<REGISTERS>() {
            for i in 0..REGISTERS {
                let sum = sums[row][i];
                let total = if adds { _mm512_add_ps(load(&c[i]), sum) } else { sum };
                store(&mut c[i], total);
            }
        } else {
            let (c, rest) = c.as_chunks_mut();
            for i in 0..REGISTERS {
                let sum = sums[row][i];
                if let Some(c) = c.get_mut(i) {
                    store(c, if adds { _mm512_add_ps(load(c), sum) } else { sum });
                } else {
                    store_first(rest, if adds { _mm512_add_ps(load_first(rest, 0.0), sum) } else { sum });
                }
            }
        }
    }
}

/// The same for at most eight columns, in half of a register, which takes half of the time.
// A function of its own, so that the loops around it take none of its registers.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn multiply_half<const ROWS: usize>(tile: Tile<'_>) {
    let a = tile.rows_of_a::<ROWS>();
    let mut sums = [_mm256_setzero_ps(); ROWS];
    for (step, b) in (0..tile.depth).zip(tile.b.chunks(tile.b_stride)) {
        let Some(b) = b.first_chunk() else { break };
        let b = lanes::avx2::load(b);
        for row in 0..ROWS {
            sums[row] = _mm256_fmadd_ps(_mm256_set1_ps(a[row][step]), b, sums[row]);
        }
    }
    let Tile { c, c_stride, columns, adds, .. } = tile;
    for (row, sum) in sums.into_iter().enumerate() {
        let c = &mut c[row * c_stride..][..columns];
        let sum = _mm512_castps256_ps512(sum);
        store_first(c, if adds { _mm512_add_ps(load_first(c, 0.0), sum) } else { sum });
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn pack(strip: Strip<'_>) {
    let Strip { b, stride, columns, packed, padded } = strip;
    for (packed, b) in packed.chunks_exact_mut(padded).zip(b.chunks(stride)) {
        let (b, rest) = b[..columns].as_chunks();
        if padded == SIZE.narrow {
            store_first(packed, load_first(rest, 0.0));
            continue;
        }
        let packed = packed.as_chunks_mut().0;
        for (packed, b) in packed.iter_mut().zip(b) {
            store(packed, load(b));
        }
        if let Some(packed) = packed.get_mut(b.len()) {
            store(packed, load_first(rest, 0.0));
        }
    }
}

/// Adds rows of `b`, scaled, to `c`, a register of each in turn: a line. Where `AHEAD`, asks for the rows of `next` on the way.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn add_rows<const STEPS: usize, const AHEAD: bool>(
    a: &[f32; STEPS],
    b: &[f32],
    next: &[f32],
    c: &mut [f32],
    adds: bool,
) {
    const TURN: usize = 1;
    let (b, next) = (rows_of_b::<STEPS>(b, c.len()), rows_of_b::<STEPS>(next, c.len()));
    let (c, c_rest) = c.as_chunks_mut::<LANES>();
    let (c_turns, c_lanes) = c.as_chunks_mut::<TURN>();
    for (turn, c) in c_turns.iter_mut().enumerate() {
        let mut sums = [_mm512_setzero_ps(); TURN];
        if adds {
            for i in 0..TURN {
                sums[i] = load(&c[i]);
            }
        }
        for step in 0..STEPS {
            let a = _mm512_set1_ps(a[step]);
            if AHEAD {
                prefetch_far(next[step].as_chunks::<LANES>().0.as_chunks::<TURN>().0[turn].as_flattened());
            }
            let b = &b[step].as_chunks::<LANES>().0.as_chunks::<TURN>().0[turn];
            for i in 0..TURN {
                sums[i] = _mm512_fmadd_ps(load(&b[i]), a, sums[i]);
            }
        }
        for i in 0..TURN {
            store(&mut c[i], sums[i]);
        }
    }
    for (i, c) in c_lanes.iter_mut().enumerate() {
        let mut sum = if adds { load(c) } else { _mm512_setzero_ps() };
        for step in 0..STEPS {
            let b = &b[step].as_chunks::<LANES>().0.as_chunks::<TURN>().1[i];
            sum = _mm512_fmadd_ps(load(b), _mm512_set1_ps(a[step]), sum);
        }
        store(c, sum);
    }
    let mut sum = if adds { load_first(c_rest, 0.0) } else { _mm512_setzero_ps() };
    for step in 0..STEPS {
        let b = load_first(b[step].as_chunks::<LANES>().1, 0.0);
        sum = _mm512_fmadd_ps(b, _mm512_set1_ps(a[step]), sum);
    }
    store_first(c_rest, sum);
}
