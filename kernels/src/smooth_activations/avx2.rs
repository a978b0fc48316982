//! The AVX2 variant.

use std::arch::x86_64::{_mm256_div_ps, _mm256_mul_ps, _mm256_set1_ps};

use super::Pair;
use crate::{balance::avx2::absmax_columns, elementwise::avx2::map, slabs::avx2::absmax};

/// Eight elements an instruction.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn smooth(pair: Pair<'_>, y: &mut [f32]) {
    pair.smooth(
        y,
        |a, y| absmax_columns(a, y),
        |a| absmax(a),
        |inputs, y| map(inputs, y, |[x, factor]| _mm256_div_ps(x, factor)),
        |w, factor, y| {
            let factor = _mm256_set1_ps(factor);
            map([w], y, |[w]| _mm256_mul_ps(w, factor));
        },
    );
}
