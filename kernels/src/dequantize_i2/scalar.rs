//! The scalar variant.

use crate::groups::scalar;

/// Byte by byte, four numbers each.
pub(super) fn dequantize(scales: &[f32], codes: &[u8], group: usize, y: &mut [f32]) {
    scalar::dequantize(scales, codes, group, y, |bytes: &[u8; 8], numbers| {
        for (p, byte) in bytes.iter().enumerate() {
            for plane in 0..4 {
                numbers[p + 8 * plane] = f32::from((byte >> (2 * plane) & 3).cast_signed() - 1);
            }
        }
    });
}
