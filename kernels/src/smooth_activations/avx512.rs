//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_div_ps, _mm512_mul_ps, _mm512_set1_ps};

use super::Pair;
use crate::{
    balance::avx512::{absmax, absmax_columns},
    elementwise::avx512::map,
};

/// Sixteen elements an instruction.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn smooth(pair: Pair<'_>, y: &mut [f32]) {
    pair.smooth(
        y,
        |a, y| absmax_columns(a, y),
        |a| absmax(a),
        |inputs, y| map(inputs, y, |[x, factor]| _mm512_div_ps(x, factor)),
        |w, factor, y| {
            let factor = _mm512_set1_ps(factor);
            map([w], y, |[w]| _mm512_mul_ps(w, factor));
        },
    );
}
