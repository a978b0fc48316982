//! The AVX2 variant.

use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_setzero_ps};

use crate::lanes::avx2::{LANES, load, load_first, sum_all};

/// Eight accumulators: an FMA is four cycles deep, and two issue a cycle.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let (a_turns, a_lanes) = a_lanes.as_chunks::<8>();
    let (b_turns, b_lanes) = b_lanes.as_chunks::<8>();
    let mut sums = [_mm256_setzero_ps(); 8];
    for (a, b) in a_turns.iter().zip(b_turns) {
        for i in 0..8 {
            sums[i] = _mm256_fmadd_ps(load(&a[i]), load(&b[i]), sums[i]);
        }
    }
    sums[0] = _mm256_fmadd_ps(load_first(a_rest, 0.0), load_first(b_rest, 0.0), sums[0]);
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        sums[1] = _mm256_fmadd_ps(load(a), load(b), sums[1]);
    }
    sum_all(&sums)
}
