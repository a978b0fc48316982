//! The scalar variant.

/// In order.
pub(super) fn norm(a: &[f32]) -> f32 {
    a.iter().fold(0.0, |sum, element| sum + element.abs())
}
