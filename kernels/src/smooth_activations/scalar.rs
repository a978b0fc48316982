//! The scalar variant.

use super::Pair;
use crate::{balance::scalar::absmax_columns, elementwise::scalar::map, slabs::scalar::absmax};

/// As plain as it is.
pub(super) fn smooth(pair: Pair<'_>, y: &mut [f32]) {
    pair.smooth(
        y,
        absmax_columns,
        absmax,
        |inputs, y| map(inputs, y, |[x, factor]| x / factor),
        |w, factor, y| map([w], y, |[w]| w * factor),
    );
}
