//! The AVX2 variant, slower on purpose: what a lost unrolling would do. For tests of the instrument.

use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_setzero_ps};

use crate::lanes::avx2::{LANES, load, load_first, sum_all};

/// Two accumulators: an FMA is four cycles deep, so that three of four issues stay empty.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [_mm256_setzero_ps(); 8];
    for (i, (a, b)) in a_lanes.iter().zip(b_lanes).enumerate() {
        sums[i % 2] = _mm256_fmadd_ps(load(a), load(b), sums[i % 2]);
    }
    sums[0] = _mm256_fmadd_ps(load_first(a_rest, 0.0), load_first(b_rest, 0.0), sums[0]);
    sum_all(&sums)
}
