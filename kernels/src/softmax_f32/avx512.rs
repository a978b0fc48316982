//! The AVX-512 variant.

use std::arch::x86_64::{__m512, _mm512_mul_ps, _mm512_set1_ps};

use crate::{
    exponential::avx512::{each, map_in_place},
    softmax::avx512::{exponentials, maximum},
};

/// A division once a row; what was an exponential is a share of the sum by a multiplication.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn softmax(x: &[f32], y: &mut [f32]) {
    let share = _mm512_set1_ps(1.0 / exponentials(x, y, maximum(x)));
    map_in_place(y, |y: [__m512; 2]| each(y, |y| _mm512_mul_ps(y, share)));
}
