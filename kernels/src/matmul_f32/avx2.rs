//! The AVX2 variant.

use std::arch::x86_64::{_mm256_add_ps, _mm256_fmadd_ps, _mm256_set1_ps, _mm256_setzero_ps};

use super::{Extents, blocked};
use crate::{
    lanes::avx2::{LANES, load, store},
    shape::Shape,
};

const ROWS: usize = 6;
const REGISTERS: usize = 2;
const COLUMNS: usize = REGISTERS * LANES;

/// What the packed blocks take.
pub(super) fn scratch_bytes(shape: &Shape) -> usize {
    blocked::scratch_bytes::<ROWS, COLUMNS>(shape)
}

/// Tiles of 6 by 16: twelve accumulators, two registers of `b` and one of `a` out of sixteen. An FMA is four cycles
/// deep and two issue a cycle, so that eight accumulators would do; twelve load less for each FMA.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn matmul(a: &[f32], b: &[f32], c: &mut [f32], extents: Extents, scratch: &mut [f32]) {
    blocked::matmul(a, b, c, extents, scratch, |a, b, c| add_tile(a, b, c));
}

#[target_feature(enable = "avx2,fma,f16c")]
fn add_tile(a: &[[f32; ROWS]], b: &[[f32; COLUMNS]], c: [&mut [f32; COLUMNS]; ROWS]) {
    let mut sums = [[_mm256_setzero_ps(); REGISTERS]; ROWS];
    for (a, b) in a.iter().zip(b) {
        let (b, _) = b.as_chunks::<LANES>();
        let b = [load(&b[0]), load(&b[1])];
        for row in 0..ROWS {
            let a = _mm256_set1_ps(a[row]);
            for i in 0..REGISTERS {
                sums[row][i] = _mm256_fmadd_ps(a, b[i], sums[row][i]);
            }
        }
    }
    for (c, sums) in c.into_iter().zip(sums) {
        let (c, _) = c.as_chunks_mut::<LANES>();
        for i in 0..REGISTERS {
            let total = _mm256_add_ps(load(&c[i]), sums[i]);
            store(&mut c[i], total);
        }
    }
}
