//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_add_ps, _mm512_setzero_ps};

use crate::lanes::avx512::{LANES, load, load_first, sum_all};

/// Eight accumulators: an addition is three to four cycles deep, and up to two issue a cycle.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn sum(a: &[f32]) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut sums = [_mm512_setzero_ps(); 8];
    for turn in turns {
        for i in 0..8 {
            sums[i] = _mm512_add_ps(sums[i], load(&turn[i]));
        }
    }
    sums[0] = _mm512_add_ps(sums[0], load_first(rest, 0.0));
    for elements in lanes {
        sums[1] = _mm512_add_ps(sums[1], load(elements));
    }
    sum_all(&sums)
}
