//! The scalar variant.

use super::{Table, heads};

/// Pair by pair; the compiler vectorises it.
pub(crate) fn rope(x: &[f32], table: Table<'_>, y: &mut [f32]) {
    for ([x1, x2], [y1, y2]) in heads(x, y, table.c.len()) {
        let (x, y) = (x1.iter().zip(x2), y1.iter_mut().zip(y2));
        for (((x1, x2), (y1, y2)), (c, s)) in x.zip(y).zip(table.c.iter().zip(table.s)) {
            *y1 = x1 * c - x2 * s;
            *y2 = x2 * c + x1 * s;
        }
    }
}
