//! The passes of the AVX2 variants.

use std::arch::x86_64::{
    __m256, _mm256_add_ps, _mm256_cvtss_f32, _mm256_max_ps, _mm256_permute_ps, _mm256_permute2f128_ps, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_sub_ps,
};

use crate::{
    exponential::{
        UNSCALE,
        avx2::{each, load_last, load_turn, pairs, scaled_exp_below_zero_fast, store_last, store_turn},
    },
    lanes::avx2::{LANES, load, load_first, sum_all},
};

/// The largest of the numbers in `x`. Eight registers a turn: the
/// instruction is two cycles deep and two issue a cycle, with room to spare.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn maximum(x: &[f32]) -> f32 {
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut best = [_mm256_set1_ps(f32::NEG_INFINITY); 8];
    for turn in turns {
        for i in 0..8 {
            best[i] = _mm256_max_ps(best[i], load(&turn[i]));
        }
    }
    best[0] = _mm256_max_ps(best[0], load_first(rest, f32::NEG_INFINITY));
    for elements in lanes {
        best[1] = _mm256_max_ps(best[1], load(elements));
    }
    let left = _mm256_max_ps(_mm256_max_ps(best[0], best[1]), _mm256_max_ps(best[2], best[3]));
    let right = _mm256_max_ps(_mm256_max_ps(best[4], best[5]), _mm256_max_ps(best[6], best[7]));
    let lanes = _mm256_max_ps(left, right);
    let lanes = _mm256_max_ps(lanes, _mm256_permute2f128_ps::<1>(lanes, lanes));
    let lanes = _mm256_max_ps(lanes, _mm256_permute_ps::<0b01_00_11_10>(lanes));
    let lanes = _mm256_max_ps(lanes, _mm256_permute_ps::<0b10_11_00_01>(lanes));
    _mm256_cvtss_f32(lanes)
}

/// Writes `exp(x[i] - maximum) * SCALE`, and gives their sum. Four registers a turn, each with a sum of its own.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn exponentials(x: &[f32], y: &mut [f32], maximum: f32) -> f32 {
    let maximum = _mm256_set1_ps(maximum);
    let power = |x: [__m256; 4]| scaled_exp_below_zero_fast(each(x, |x| _mm256_sub_ps(x, maximum)));
    let (x_turns, _) = x.as_chunks::<LANES>().0.as_chunks::<4>();
    let (y_turns, _) = y.as_chunks_mut::<LANES>().0.as_chunks_mut::<4>();
    let mut sums = [_mm256_setzero_ps(); 4];
    for (y, x) in y_turns.iter_mut().zip(x_turns) {
        let powers = power(load_turn(x));
        sums = pairs(sums, powers, |sum, power| _mm256_add_ps(sum, power));
        store_turn(y, powers);
    }
    let done = x_turns.len() * 4 * LANES;
    if done < x.len() {
        let powers = power(load_last(&x[done..], f32::NEG_INFINITY));
        sums = pairs(sums, powers, |sum, power| _mm256_add_ps(sum, power));
        store_last(&mut y[done..], powers);
    }
    sum_of(sums)
}

/// The sum of `exp(x[i] - maximum)`. Four registers a turn, each with a sum of its own.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn sum(x: &[f32], maximum: f32) -> f32 {
    let maximum = _mm256_set1_ps(maximum);
    let power = |x: [__m256; 4]| scaled_exp_below_zero_fast(each(x, |x| _mm256_sub_ps(x, maximum)));
    let (turns, _) = x.as_chunks::<LANES>().0.as_chunks::<4>();
    let mut sums = [_mm256_setzero_ps(); 4];
    for turn in turns {
        sums = pairs(sums, power(load_turn(turn)), |sum, power| _mm256_add_ps(sum, power));
    }
    let done = turns.len() * 4 * LANES;
    if done < x.len() {
        let powers = power(load_last(&x[done..], f32::NEG_INFINITY));
        sums = pairs(sums, powers, |sum, power| _mm256_add_ps(sum, power));
    }
    sum_of(sums) * UNSCALE
}

/// The sum of the lanes of all.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum_of([a, b, c, d]: [__m256; 4]) -> f32 {
    let zero = _mm256_setzero_ps();
    sum_all(&[a, b, c, d, zero, zero, zero, zero])
}
