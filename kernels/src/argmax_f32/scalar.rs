//! The scalar variant.

use crate::extremum::{Extremum, scalar::place};

/// In order.
pub(super) fn argmax(a: &[f32]) -> u32 {
    place(a, Extremum::MAXIMUM, |element, best| element > best)
}
