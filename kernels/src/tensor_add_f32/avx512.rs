//! The AVX-512 variant.

use std::arch::x86_64::_mm256_add_ps;

use super::rows;
use crate::elementwise::avx2::map;

/// Row by row, eight elements an instruction: rows of `y` follow each other without a gap, so that every other one or
/// more begins amid a cache line, and each of its stores of sixteen elements would straddle two.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn add(a: &[f32], b: &[f32], y: &mut [f32], columns: usize) {
    for (a, b, y) in rows(a, b, y, columns) {
        map([a, b], y, |[a, b]| _mm256_add_ps(a, b));
    }
}
