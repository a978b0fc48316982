//! Look-ups one by one.

use super::{Indexes, TILE, Table};

/// Adds to each row's sum what its index names.
#[inline]
pub(crate) fn add(sums: &mut [i32; TILE], indexes: &Indexes, table: &Table) {
    let (low, high) = sums.split_at_mut(TILE / 2);
    for (index, (low, high)) in indexes.iter().zip(low.iter_mut().zip(high)) {
        *low += i32::from(table[usize::from(index & 15)]);
        *high += i32::from(table[usize::from(index >> 4)]);
    }
}
