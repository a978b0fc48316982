//! The AVX-512 variant.

use std::arch::x86_64::{__m512, _mm512_set1_ps, _mm512_sub_ps};

use crate::{
    exponential::avx512::{each, map},
    softmax::avx512::{maximum, sum},
};

/// Two subtractions, since the first is exact for the elements that matter most, those near the largest.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn log_softmax(x: &[f32], y: &mut [f32]) {
    let largest = maximum(x);
    let (maximum, logarithm) = (_mm512_set1_ps(largest), _mm512_set1_ps(sum(x, largest).ln()));
    map(x, y, |x: [__m512; 2]| each(x, |x| _mm512_sub_ps(_mm512_sub_ps(x, maximum), logarithm)));
}
