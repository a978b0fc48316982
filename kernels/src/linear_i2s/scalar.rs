//! The scalar variant.

use crate::{
    quantize_act_i8,
    ternary::{Scales, scalar},
};

/// The activations become codes, which meet the weights as they come.
pub(super) fn linear(w: &[u8], x: &[f32], s_w: f32, codes: &mut [i8], y: &mut [f32]) {
    let s_a = quantize_act_i8::scalar::quantize(x, codes);
    scalar::gemv(w, codes, Scales { s_a, s_w }, y);
}
