//! The scalar variant.

use crate::groups::{I2, scalar};

/// Four to a byte, each eight elements behind the one before it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "four codes of two bits")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    scalar::quantize(x, group, scales, codes, I2, |rounded, bytes: &mut [u8; 8]| {
        for (p, byte) in bytes.iter_mut().enumerate() {
            let code = |plane: usize| rounded[p + 8 * plane] + 1;
            *byte = (code(0) + 4 * code(1) + 16 * code(2) + 64 * code(3)) as u8;
        }
    });
}
