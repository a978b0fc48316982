//! The parts of the AVX-512 variant.

use super::{
    avx2,
    parts::{Linear, Parts},
};
use crate::{
    quantize_act_i8, rmsnorm_f32, rope_f32,
    ternary::{
        avx512::{gemm, gemv},
        pack,
    },
};

/// Closures made here have the features of this function. The heads of attention are short, and the head of the model, whose
/// stream memory sets the pace of, was a fifth slower in registers of 512 bits: both are done in those of 256.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn parts() -> Parts {
    Parts {
        norm: |x, w, y| rmsnorm_f32::avx512::rmsnorm(x, w, y),
        quantize: |x, a| quantize_act_i8::avx512::quantize(x, a),
        rotate: |x, table, y| rope_f32::avx512::rope(x, table, y),
        linear: Linear {
            pack,
            one: |packed, a, scales, y| gemv(packed, a, scales, y),
            many: |packed, vectors, s_w, y| gemm(packed, vectors, s_w, y),
        },
        ..avx2::parts()
    }
}
