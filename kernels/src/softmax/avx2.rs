//! The passes of the AVX2 variants.

use std::arch::x86_64::{
    _mm256_add_ps, _mm256_cvtss_f32, _mm256_max_ps, _mm256_permute_ps, _mm256_permute2f128_ps, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_sub_ps,
};

use crate::{
    exponential::{UNSCALE, avx2::scaled_exp_below_zero_fast},
    lanes::avx2::{LANES, load, load_first, store, store_first, sum_all},
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
    let (x_lanes, x_rest) = x.as_chunks::<LANES>();
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let (x_turns, x_lanes) = x_lanes.as_chunks::<4>();
    let (y_turns, y_lanes) = y_lanes.as_chunks_mut::<4>();
    let mut sums = [_mm256_setzero_ps(); 8];
    for (y, x) in y_turns.iter_mut().zip(x_turns) {
        for i in 0..4 {
            let power = scaled_exp_below_zero_fast(_mm256_sub_ps(load(&x[i]), maximum));
            sums[i] = _mm256_add_ps(sums[i], power);
            store(&mut y[i], power);
        }
    }
    for (y, x) in y_lanes.iter_mut().zip(x_lanes) {
        let power = scaled_exp_below_zero_fast(_mm256_sub_ps(load(x), maximum));
        sums[4] = _mm256_add_ps(sums[4], power);
        store(y, power);
    }
    if !x_rest.is_empty() {
        let power = scaled_exp_below_zero_fast(_mm256_sub_ps(load_first(x_rest, f32::NEG_INFINITY), maximum));
        sums[5] = _mm256_add_ps(sums[5], power);
        store_first(y_rest, power);
    }
    sum_all(&sums)
}

/// The sum of `exp(x[i] - maximum)`. Four registers a turn, each with a sum of its own.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn sum(x: &[f32], maximum: f32) -> f32 {
    let maximum = _mm256_set1_ps(maximum);
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut sums = [_mm256_setzero_ps(); 8];
    for turn in turns {
        for i in 0..4 {
            sums[i] = _mm256_add_ps(sums[i], scaled_exp_below_zero_fast(_mm256_sub_ps(load(&turn[i]), maximum)));
        }
    }
    for elements in lanes {
        sums[4] = _mm256_add_ps(sums[4], scaled_exp_below_zero_fast(_mm256_sub_ps(load(elements), maximum)));
    }
    let last = load_first(rest, f32::NEG_INFINITY);
    sums[5] = _mm256_add_ps(sums[5], scaled_exp_below_zero_fast(_mm256_sub_ps(last, maximum)));
    sum_all(&sums) * UNSCALE
}
