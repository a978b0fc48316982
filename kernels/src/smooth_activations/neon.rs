//! The NEON variant.

use std::arch::aarch64::{vdivq_f32, vdupq_n_f32, vmulq_f32};

use super::Pair;
use crate::{balance::neon::absmax_columns, elementwise::neon::map, slabs::neon::absmax};

/// Four elements an instruction.
#[target_feature(enable = "neon")]
pub(super) fn smooth(pair: Pair<'_>, y: &mut [f32]) {
    pair.smooth(
        y,
        |a, y| absmax_columns(a, y),
        |a| absmax(a),
        |inputs, y| map(inputs, y, |[x, factor]| vdivq_f32(x, factor)),
        |w, factor, y| {
            let factor = vdupq_n_f32(factor);
            map([w], y, |[w]| vmulq_f32(w, factor));
        },
    );
}
