//! The AVX2 variant, slower on purpose: what a lost unrolling would do. For tests of the instrument.

use std::arch::x86_64::{_mm256_add_ps, _mm256_setzero_ps};

use crate::lanes::avx2::{LANES, load, load_first, sum_all};

/// Two accumulators: an addition is three to four cycles deep, so that most issues stay empty.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn sum(a: &[f32]) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<2>();
    let mut sums = [_mm256_setzero_ps(); 8];
    for turn in turns {
        for i in 0..2 {
            sums[i] = _mm256_add_ps(sums[i], load(&turn[i]));
        }
    }
    sums[0] = _mm256_add_ps(sums[0], load_first(rest, 0.0));
    for elements in lanes {
        sums[2] = _mm256_add_ps(sums[2], load(elements));
    }
    sum_all(&sums)
}
