//! The AVX2 variant.

use crate::{
    quantize_act_i8,
    ternary::{Scales, avx2},
};

/// The activations become codes, which meet the weights as they were packed.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn linear(packed: &[u8], x: &[f32], s_w: f32, codes: &mut [i8], y: &mut [f32]) {
    let s_a = quantize_act_i8::avx2::quantize(x, codes);
    avx2::gemv(packed, codes, Scales { s_a, s_w }, y);
}
