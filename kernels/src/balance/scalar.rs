//! The loops of the scalar variants.

use super::MAGNITUDE;

/// The largest magnitude; 0 of no elements.
pub(crate) fn absmax(a: &[f32]) -> f32 {
    f32::from_bits(a.iter().fold(0, |most, element| larger(most, *element)))
}

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

#[inline]
fn larger(most: u32, element: f32) -> u32 {
    // Neither has a sign, and the ABI floor compares signed integers alone.
    let magnitude = element.to_bits() & MAGNITUDE;
    if magnitude.cast_signed() > most.cast_signed() { magnitude } else { most }
}
