//! The loop of the scalar variants.

use super::Extremum;

/// The element that is `better` than all others, in order.
#[inline]
pub(crate) fn find(a: &[f32], extremum: Extremum, better: impl Fn(f32, f32) -> bool) -> f32 {
    let mut best = extremum.empty;
    let mut has_nan = false;
    for &element in a {
        has_nan |= element.is_nan();
        best = if better(element, best) { element } else { best };
    }
    extremum.settle(a, best, has_nan)
}
