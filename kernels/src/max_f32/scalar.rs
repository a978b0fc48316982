//! The scalar variant.

use crate::extremum::{Extremum, scalar::find};

/// In order.
pub(super) fn max(a: &[f32]) -> f32 {
    find(a, Extremum::MAXIMUM, |element, best| element > best)
}
