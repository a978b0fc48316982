//! The AVX2 variant, slower on purpose: one piece in sixteen is computed twice. For tests of the instrument.

use std::{arch::x86_64::_mm256_mul_ps, hint::black_box};

use crate::elementwise::avx2::map;

/// Elements of a piece.
const PIECE: usize = 64;

/// Every sixteenth piece a second time, as code does that forgot that it was done.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn mul(a: &[f32], b: &[f32], y: &mut [f32]) {
    map([a, b], y, |[a, b]| _mm256_mul_ps(a, b));
    let y = black_box(y);
    for start in (0..y.len()).step_by(16 * PIECE) {
        let end = (start + PIECE).min(y.len());
        map([&a[start..end], &b[start..end]], &mut y[start..end], |[a, b]| _mm256_mul_ps(a, b));
    }
}
