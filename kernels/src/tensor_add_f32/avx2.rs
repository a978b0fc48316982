//! The AVX2 variant.

use std::arch::x86_64::_mm256_add_ps;

use super::rows;
use crate::elementwise::avx2::map;

/// Row by row: each ends in a part of a register, which a row of hundreds does not notice.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn add(a: &[f32], b: &[f32], y: &mut [f32], columns: usize) {
    for (a, b, y) in rows(a, b, y, columns) {
        map([a, b], y, |[a, b]| _mm256_add_ps(a, b));
    }
}
