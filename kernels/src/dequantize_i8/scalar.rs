//! The scalar variant.

use crate::groups::scalar;

/// Byte by byte.
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    scalar::dequantize(scales, codes, group, y, |bytes: &[u8; 32], numbers| {
        numbers.iter_mut().zip(bytes).for_each(|(number, byte)| *number = f32::from(byte.cast_signed()));
    });
}
