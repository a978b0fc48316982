//! The AVX2 variant.

use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_setzero_ps};

use super::{ROWS, reads_ahead, rows_of};
use crate::lanes::{
    avx2::{LANES, load, load_first, sum},
    prefetch_far,
};

/// Registers of a row that are read before those of the next: two lines.
const TURN: usize = 4;

/// Eight rows at a time, and one at a time what is left.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn gemv(a: &[f32], x: &[f32], y: &mut [f32]) {
    let (groups, rest) = y.as_chunks_mut::<ROWS>();
    let (a, a_rest) = a.split_at(groups.len() * ROWS * x.len());
    let ahead = reads_ahead(groups.len() * ROWS, x.len());
    for (i, y) in groups.iter_mut().enumerate() {
        let (a, next) = a[i * ROWS * x.len()..].split_at(ROWS * x.len());
        if ahead && !next.is_empty() {
            dot_rows::<ROWS, true>(a, next, x, y);
        } else {
            dot_rows::<ROWS, false>(a, a, x, y);
        }
    }
    for (i, y) in rest.iter_mut().enumerate() {
        let a = &a_rest[i * x.len()..];
        dot_rows::<1, false>(a, a, x, std::array::from_mut(y));
    }
}

/// Where `AHEAD`, asks for the rows of `next` on the way.
#[target_feature(enable = "avx2,fma,f16c")]
fn dot_rows<const ROWS: usize, const AHEAD: bool>(a: &[f32], next: &[f32], x: &[f32], y: &mut [f32; ROWS]) {
    let (a, next) = (rows_of::<ROWS>(a, x.len()), rows_of::<ROWS>(next, x.len()));
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (x_turns, x_lanes) = x.as_chunks::<TURN>();
    let mut sums = [_mm256_setzero_ps(); ROWS];
    for (turn, x) in x_turns.iter().enumerate() {
        for row in 0..ROWS {
            if AHEAD {
                prefetch_far(next[row].as_chunks::<LANES>().0.as_chunks::<TURN>().0[turn].as_flattened());
            }
            let a = &a[row].as_chunks::<LANES>().0.as_chunks::<TURN>().0[turn];
            for i in 0..TURN {
                sums[row] = _mm256_fmadd_ps(load(&a[i]), load(&x[i]), sums[row]);
            }
        }
    }
    for row in 0..ROWS {
        let (a, a_rest) = a[row].as_chunks::<LANES>();
        for (a, x) in a.as_chunks::<TURN>().1.iter().zip(x_lanes) {
            sums[row] = _mm256_fmadd_ps(load(a), load(x), sums[row]);
        }
        if !x_rest.is_empty() {
            let (a, x) = (load_first(a_rest, 0.0), load_first(x_rest, 0.0));
            sums[row] = _mm256_fmadd_ps(a, x, sums[row]);
        }
        y[row] = sum(sums[row]);
    }
}
