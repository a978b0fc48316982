//! The place of the best element, as `argmax_f32` and `argmin_f32` want it: block by block, by two passes of vectors.
//!
//! To note with each lane's best where it stood would cost two more instructions a register. Instead the best of a
//! block is found as `max_f32` does it, and the one block that has the best of all is searched for it at the end.

use super::Extremum;

/// Elements of a block. To fold the lanes of a block costs some ten loads' time, to search a block on average half of
/// its own: of 10,000 elements either is a twentieth.
const BLOCK: usize = 1024;

/// The index of the first NaN, and where there is none, of the first element that no other is better than; `u32::MAX`
/// where there is no element, or where it is further back than that.
///
/// `best` finds the best number of a block, up to the sign of a zero, and whether there are NaNs. `first` is the
/// place of the first element that equals a number.
#[inline]
pub(super) fn find(
    a: &[f32],
    extremum: Extremum,
    best: impl Fn(&[f32]) -> (f32, bool),
    first: impl Fn(&[f32], f32) -> Option<usize>,
) -> u32 {
    let (mut best_of_all, mut start) = (extremum.empty, 0);
    for (count, block) in a.chunks(BLOCK).enumerate() {
        let (best_of_block, has_nan) = best(block);
        if has_nan {
            return index(count * BLOCK, block.iter().position(|element| element.is_nan()));
        }
        if extremum.is_better(best_of_block, best_of_all) {
            (best_of_all, start) = (best_of_block, count * BLOCK);
        }
    }
    index(start, first(&a[start..a.len().min(start + BLOCK)], best_of_all))
}

/// `place` behind `start`, as an output.
#[inline]
pub(super) fn index(start: usize, place: Option<usize>) -> u32 {
    place.and_then(|place| u32::try_from(start + place).ok()).unwrap_or(u32::MAX)
}
