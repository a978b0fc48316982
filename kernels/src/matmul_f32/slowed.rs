//! The AVX2 variant, slower on purpose: what a lost register blocking would do. For tests of the instrument.

use std::arch::x86_64::{_mm256_add_ps, _mm256_fmadd_ps, _mm256_set1_ps, _mm256_setzero_ps};

use super::{Extents, blocked};
use crate::{
    lanes::avx2::{LANES, load, store},
    shape::Shape,
};

const ROWS: usize = 1;

/// What the packed blocks of the AVX2 variant take, which is more: so both programs lay their operands alike, and a pair of
/// them tells of the code alone.
pub(super) fn scratch_bytes(shape: &Shape) -> usize {
    blocked::scratch_bytes::<6, { 2 * LANES }>(shape)
}

/// Tiles of 1 by 8: one accumulator, so that each FMA waits for the one before it, and loads both of its operands.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn matmul(a: &[f32], b: &[f32], c: &mut [f32], extents: Extents, scratch: &mut [f32]) {
    blocked::matmul(a, b, c, extents, scratch, |a, b, c| add_tile(a, b, c));
}

#[target_feature(enable = "avx2,fma,f16c")]
fn add_tile(a: &[[f32; ROWS]], b: &[[f32; LANES]], [c]: [&mut [f32; LANES]; ROWS]) {
    let mut sum = _mm256_setzero_ps();
    for ([a], b) in a.iter().zip(b) {
        sum = _mm256_fmadd_ps(_mm256_set1_ps(*a), load(b), sum);
    }
    let total = _mm256_add_ps(load(c), sum);
    store(c, total);
}
