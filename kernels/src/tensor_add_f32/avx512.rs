//! The AVX-512 variant.

use std::arch::x86_64::_mm512_add_ps;

use super::rows;
use crate::elementwise::avx512::map;

/// Row by row: each ends in a part of a register, which a row of hundreds does not notice.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn add(a: &[f32], b: &[f32], y: &mut [f32], columns: usize) {
    for (a, b, y) in rows(a, b, y, columns) {
        map([a, b], y, |[a, b]| _mm512_add_ps(a, b));
    }
}
