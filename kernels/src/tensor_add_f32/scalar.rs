//! The scalar variant.

use super::rows;
use crate::elementwise::scalar::map;

/// Row by row.
pub(super) fn add(a: &[f32], b: &[f32], y: &mut [f32], columns: usize) {
    for (a, b, y) in rows(a, b, y, columns) {
        map([a, b], y, |[a, b]| a + b);
    }
}
