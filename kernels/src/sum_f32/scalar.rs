//! The scalar variant.

/// In order.
pub(super) fn sum(a: &[f32]) -> f32 {
    a.iter().fold(0.0, |sum, element| sum + element)
}
