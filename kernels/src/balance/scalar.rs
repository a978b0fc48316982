//! The loops of the scalar variants.

use crate::slabs::scalar::larger;

/// The largest magnitude in each column of rows of as many elements as there are outputs.
pub(crate) fn absmax_columns(a: &[f32], y: &mut [f32]) {
    y.fill(0.0);
    if y.is_empty() {
        return;
    }
    for row in a.chunks_exact(y.len()) {
        for (most, element) in y.iter_mut().zip(row) {
            *most = f32::from_bits(larger(most.to_bits(), *element));
        }
    }
}
