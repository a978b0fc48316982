//! The scalar variant.

use crate::slabs::scalar::{round, slab};

/// Fills `codes`, as many as there are activations, and gives their scale.
#[expect(clippy::cast_possible_truncation, reason = "a rounded code is at most 127")]
pub(crate) fn quantize(a: &[f32], codes: &mut [i8]) -> f32 {
    match slab(a).activation_scale() {
        Ok(scale) => {
            codes.iter_mut().zip(a).for_each(|(code, a)| *code = round(a * scale) as i8);
            scale
        }
        Err(scale) => {
            codes.fill(0);
            scale
        }
    }
}
