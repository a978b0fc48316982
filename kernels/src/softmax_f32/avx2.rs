//! The AVX2 variant.

use std::arch::x86_64::{__m256, _mm256_mul_ps, _mm256_set1_ps};

use crate::{
    exponential::avx2::{each, map_in_place},
    softmax::avx2::{exponentials, maximum},
};

/// The multiplication takes off the factor of the exponentials too.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn softmax(x: &[f32], y: &mut [f32]) {
    let share = _mm256_set1_ps(1.0 / exponentials(x, y, maximum(x)));
    map_in_place(y, |y: [__m256; 4]| each(y, |y| _mm256_mul_ps(y, share)));
}
