//! The NEON variant.

use std::arch::aarch64::{vdivq_f32, vdupq_n_f32};

use super::Channels;
use crate::{elementwise::neon::map, slabs::neon::absmax};

/// Four elements an instruction; what is not in the nearest cache is hidden behind the divider.
#[target_feature(enable = "neon")]
pub(super) fn equalize(w: &[f32], x: &[f32], channels: Channels, y: &mut [f32]) {
    channels.equalize(
        w,
        x,
        y,
        |a| absmax(a),
        |w, factor, y| {
            let factor = vdupq_n_f32(factor);
            map([w], y, |[w]| vdivq_f32(w, factor));
        },
    );
}
