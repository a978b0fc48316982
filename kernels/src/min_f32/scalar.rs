//! The scalar variant.

use crate::extremum::{Extremum, scalar::find};

/// In order.
pub(super) fn min(a: &[f32]) -> f32 {
    find(a, Extremum::MINIMUM, |element, best| element < best)
}
