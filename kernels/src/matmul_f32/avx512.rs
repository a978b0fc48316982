//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_add_ps, _mm512_fmadd_ps, _mm512_set1_ps, _mm512_setzero_ps};

use super::{Extents, blocked};
use crate::{
    lanes::avx512::{LANES, load, store},
    shape::Shape,
};

const ROWS: usize = 8;
const REGISTERS: usize = 2;
const COLUMNS: usize = REGISTERS * LANES;

/// What the packed blocks take.
pub(super) fn scratch_bytes(shape: &Shape) -> usize {
    blocked::scratch_bytes::<ROWS, COLUMNS>(shape)
}

/// Tiles of 8 by 32: sixteen accumulators, twice what an FMA of four cycles needs where two issue a cycle. Taller tiles
/// would fit the thirty-two registers, but waste more of matrices that they do not divide.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn matmul(a: &[f32], b: &[f32], c: &mut [f32], extents: Extents, scratch: &mut [f32]) {
    blocked::matmul(a, b, c, extents, scratch, |a, b, c| add_tile(a, b, c));
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn add_tile(a: &[[f32; ROWS]], b: &[[f32; COLUMNS]], c: [&mut [f32; COLUMNS]; ROWS]) {
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for (a, b) in a.iter().zip(b) {
        let (b, _) = b.as_chunks::<LANES>();
        let b = [load(&b[0]), load(&b[1])];
        for row in 0..ROWS {
            let a = _mm512_set1_ps(a[row]);
            for i in 0..REGISTERS {
                sums[row][i] = _mm512_fmadd_ps(a, b[i], sums[row][i]);
            }
        }
    }
    for (c, sums) in c.into_iter().zip(sums) {
        let (c, _) = c.as_chunks_mut::<LANES>();
        for i in 0..REGISTERS {
            let total = _mm512_add_ps(load(&c[i]), sums[i]);
            store(&mut c[i], total);
        }
    }
}
