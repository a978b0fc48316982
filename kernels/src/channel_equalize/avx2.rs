//! The AVX2 variant.

use std::arch::x86_64::{_mm256_div_ps, _mm256_set1_ps};

use super::Channels;
use crate::{elementwise::avx2::map, slabs::avx2::absmax};

/// Eight elements an instruction; what is not in the nearest cache is hidden behind the divider.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn equalize(w: &[f32], x: &[f32], channels: Channels, y: &mut [f32]) {
    channels.equalize(
        w,
        x,
        y,
        |a| absmax(a),
        |w, factor, y| {
            let factor = _mm256_set1_ps(factor);
            map([w], y, |[w]| _mm256_div_ps(w, factor));
        },
    );
}
