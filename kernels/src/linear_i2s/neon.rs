//! The NEON variant.

use crate::{
    quantize_act_i8,
    ternary::{Scales, neon},
};

/// The activations become codes, which meet the weights as they come.
#[target_feature(enable = "neon")]
pub(super) fn linear(w: &[u8], x: &[f32], s_w: f32, codes: &mut [i8], y: &mut [f32]) {
    let s_a = quantize_act_i8::neon::quantize(x, codes);
    neon::gemv(w, codes, Scales { s_a, s_w }, y);
}
