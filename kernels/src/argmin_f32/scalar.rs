//! The scalar variant.

use crate::extremum::{Extremum, scalar::place};

/// In order.
pub(super) fn argmin(a: &[f32]) -> u32 {
    place(a, Extremum::MINIMUM, |element, best| element < best)
}
