//! The scalar variant.

use super::Channels;
use crate::{elementwise::scalar::map, slabs::scalar::absmax};

/// As plain as it is.
pub(super) fn equalize(w: &[f32], x: &[f32], channels: Channels, y: &mut [f32]) {
    channels.equalize(w, x, y, absmax, |w, factor, y| map([w], y, |[w]| w / factor));
}
