//! The AVX-512 variant.

use crate::{
    quantize_act_i8,
    ternary::{Scales, avx512},
};

/// The activations become codes, which meet the weights as they were packed.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn linear(packed: &[u8], x: &[f32], s_w: f32, codes: &mut [i8], y: &mut [f32]) {
    let s_a = quantize_act_i8::avx512::quantize(x, codes);
    avx512::gemv(packed, codes, Scales { s_a, s_w }, y);
}
