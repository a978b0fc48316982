//! The AVX2 variant, slower on purpose: what a lost register blocking would do. For tests of the instrument.

use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps, _mm256_setzero_ps};

use super::{Extents, avx2};
use crate::{
    lanes::avx2::{LANES, load_first, store_first},
    shape::Shape,
};

/// What the AVX2 variant copies and packs takes, though this one does not: so both programs lay their operands alike, and a
/// pair of them tells of the code alone.
pub(super) fn scratch_bytes(shape: &Shape) -> usize {
    avx2::scratch_bytes(shape)
}

/// One accumulator, so that each FMA waits for the one before it, and loads both of its operands.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn matmul(a: &[f32], b: &[f32], c: &mut [f32], extents: Extents, _: &mut [f32]) {
    let Extents { n, k, .. } = extents;
    if n == 0 {
        return;
    }
    for (i, c) in c.chunks_exact_mut(n).enumerate() {
        for (j, c) in c.chunks_mut(LANES).enumerate() {
            let mut sum = _mm256_setzero_ps();
            for (a, b) in a[i * k..][..k].iter().zip(b.chunks_exact(n)) {
                let b = load_first(&b[j * LANES..][..c.len()], 0.0);
                sum = _mm256_fmadd_ps(_mm256_set1_ps(*a), b, sum);
            }
            store_first(c, sum);
        }
    }
}
