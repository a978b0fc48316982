//! The loop of the scalar variants.

use super::{Extremum, place::index};

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

/// The index of the element that is `better` than all before it and than none behind it, in order; of the first NaN.
#[inline]
pub(crate) fn place(a: &[f32], extremum: Extremum, better: impl Fn(f32, f32) -> bool) -> u32 {
    let (mut best, mut place) = (extremum.empty, (!a.is_empty()).then_some(0));
    for (i, &element) in a.iter().enumerate() {
        if element.is_nan() {
            return index(i, Some(0));
        }
        if better(element, best) {
            (best, place) = (element, Some(i));
        }
    }
    index(0, place)
}
