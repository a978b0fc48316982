//! The scalar variant.

use super::settle;

/// In order, each square rounded.
pub(super) fn norm(a: &[f32]) -> f32 {
    settle(a, a.iter().fold(0.0, |sum, element| sum + element * element))
}
