//! The scalar variant.

use crate::groups::{I4, scalar};

/// Two to a byte, the second sixteen elements behind the first.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "two codes of four bits")]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    scalar::quantize(x, group, scales, codes, I4, |rounded, bytes: &mut [u8; 16]| {
        for (p, byte) in bytes.iter_mut().enumerate() {
            *byte = (rounded[p] + 8 + 16 * (rounded[p + 16] + 8)) as u8;
        }
    });
}
