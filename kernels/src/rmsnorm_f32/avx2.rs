//! The AVX2 variant.

use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_setzero_ps};

use super::{scalar, scale};
use crate::{
    elementwise::avx2::map,
    lanes::avx2::{LANES, load, load_first, sum_all},
};

/// The root and the division once a row; two multiplications an element.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn rmsnorm(x: &[f32], w: &[f32], y: &mut [f32]) {
    let sum = sum_of_squares(x);
    if !sum.is_finite() {
        return scalar::rmsnorm(x, w, y);
    }
    let scale = _mm256_set1_ps(scale(sum, x.len()));
    map([x, w], y, |[x, w]| _mm256_mul_ps(_mm256_mul_ps(x, scale), w));
}

/// Eight accumulators: an FMA is four cycles deep, two issue a cycle.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum_of_squares(x: &[f32]) -> f32 {
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut sums = [_mm256_setzero_ps(); 8];
    for turn in turns {
        for i in 0..8 {
            let x = load(&turn[i]);
            sums[i] = _mm256_fmadd_ps(x, x, sums[i]);
        }
    }
    let x = load_first(rest, 0.0);
    sums[0] = _mm256_fmadd_ps(x, x, sums[0]);
    for elements in lanes {
        let x = load(elements);
        sums[1] = _mm256_fmadd_ps(x, x, sums[1]);
    }
    sum_all(&sums)
}
