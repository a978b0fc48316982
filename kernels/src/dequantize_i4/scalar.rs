//! The scalar variant.

use crate::groups::scalar;

/// Byte by byte, two numbers each.
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    let number = |bits: u8| f32::from(bits.cast_signed() - 8);
    scalar::dequantize(scales, codes, group, y, |bytes: &[u8; 16], numbers| {
        for (p, byte) in bytes.iter().enumerate() {
            numbers[p] = number(byte & 15);
            numbers[p + 16] = number(byte >> 4);
        }
    });
}
