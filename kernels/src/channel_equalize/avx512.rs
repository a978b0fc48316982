//! The AVX-512 variant.

use std::arch::x86_64::{_mm512_div_ps, _mm512_set1_ps};

use super::Channels;
use crate::{elementwise::avx512::map, slabs::avx512::absmax};

/// Sixteen elements an instruction; what is not in the nearest cache is hidden behind the divider.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn equalize(w: &[f32], x: &[f32], channels: Channels, y: &mut [f32]) {
    channels.equalize(
        w,
        x,
        y,
        |a| absmax(a),
        |w, factor, y| {
            let factor = _mm512_set1_ps(factor);
            map([w], y, |[w]| _mm512_div_ps(w, factor));
        },
    );
}
