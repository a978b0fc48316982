//! The AVX2 variant.

use std::arch::x86_64::{__m256, _mm256_set1_ps, _mm256_sub_ps};

use crate::{
    exponential::avx2::{each, map},
    softmax::avx2::{maximum, sum},
};

/// Two subtractions, since the first is exact for the elements that matter most, those near the largest.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn log_softmax(x: &[f32], y: &mut [f32]) {
    let largest = maximum(x);
    let (maximum, logarithm) = (_mm256_set1_ps(largest), _mm256_set1_ps(sum(x, largest).ln()));
    map(x, y, |x: [__m256; 4]| each(x, |x| _mm256_sub_ps(_mm256_sub_ps(x, maximum), logarithm)));
}
