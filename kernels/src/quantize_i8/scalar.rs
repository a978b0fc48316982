//! The scalar variant.

use crate::groups::{I8, scalar};

/// A byte each.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the low byte of a rounded code is the code"
)]
pub(super) fn quantize(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8]) {
    scalar::quantize(x, group, scales, codes, I8, |rounded, bytes: &mut [u8; 32]| {
        bytes.iter_mut().zip(rounded).for_each(|(byte, code)| *byte = *code as u8);
    });
}
