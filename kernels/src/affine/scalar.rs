//! The loops of the scalar variants.

use super::{Affine, LAST_CODE, Range};

/// Ranges that are kept beside each other: a comparison waits for the one before it, and so for none of its neighbours.
const LANES: usize = 16;

/// The range of the elements.
pub(crate) fn range(a: &[f32]) -> Range {
    let (turns, rest) = a.as_chunks::<LANES>();
    let mut smallest = [Range::EMPTY.smallest; LANES];
    let mut largest = [Range::EMPTY.largest; LANES];
    let mut has_nan = [0_u32; LANES];
    let mut take = |lane: usize, element: f32| {
        smallest[lane] = least(element, smallest[lane]);
        largest[lane] = greatest(element, largest[lane]);
        has_nan[lane] |= u32::from(element.is_nan());
    };
    for turn in turns {
        for (lane, &element) in turn.iter().enumerate() {
            take(lane, element);
        }
    }
    for (lane, &element) in rest.iter().enumerate() {
        take(lane, element);
    }
    let smallest = smallest.into_iter().fold(Range::EMPTY.smallest, least);
    let largest = largest.into_iter().fold(Range::EMPTY.largest, greatest);
    Range::of(smallest, largest, has_nan != [0; LANES])
}

/// Writes the codes, and says whether all elements are finite.
pub(crate) fn encode(w: &[f32], affine: Affine, codes: &mut [u8]) -> bool {
    /// From here on an `f32` has no place for a fraction: to add it is to round, half to even as every sum.
    const WHOLE: f32 = 8_388_608.0;
    const MAGNITUDE: u32 = 0x7fff_ffff;
    let mut others = 0_u32;
    for (w, code) in w.iter().zip(codes) {
        let product = w * affine.reciprocal;
        let clamped = least(greatest(product + affine.zero_point, 0.0), LAST_CODE);
        *code = (clamped + WHOLE).to_bits().to_le_bytes()[0];
        others |= u32::from(w.to_bits() & MAGNITUDE >= f32::INFINITY.to_bits());
    }
    others == 0
}

/// One instruction, unlike `f32::min`, since a NaN need not be lost.
#[inline]
fn least(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// One instruction, unlike `f32::max`, since a NaN need not be lost.
#[inline]
fn greatest(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
