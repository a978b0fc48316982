//! The parts of the AVX-512 variant.

use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_setzero_ps};

use super::{
    avx2,
    parts::{Linear, Parts},
};
use crate::{
    lanes::avx512::{LANES, load, load_f16, sum_all},
    quantize_act_i8, rmsnorm_f32, rope_f32,
    ternary::{
        avx512::{gemm, gemv},
        pack,
    },
};

/// Closures made here have the features of this function. Heads are short: what they see is found in registers of 256 bits.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn parts() -> Parts {
    Parts {
        norm: |x, w, y| rmsnorm_f32::avx512::rmsnorm(x, w, y),
        quantize: |x, a| quantize_act_i8::avx512::quantize(x, a),
        rotate: |x, table, y| rope_f32::avx512::rope(x, table, y),
        head: |embedding, h, logits| head(embedding, h, logits),
        linear: Linear {
            pack,
            one: |packed, a, scales, y| gemv(packed, a, scales, y),
            many: |packed, vectors, s_w, y| gemm(packed, vectors, s_w, y),
        },
        ..avx2::parts()
    }
}

/// Row by row, four sums: the conversion decides, and from memory the stream of rows.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn head(embedding: &[u16], h: &[f32], logits: &mut [f32]) {
    let (h_turns, _) = h.as_chunks::<LANES>().0.as_chunks::<4>();
    for (row, logit) in logits.iter_mut().enumerate() {
        let start = row * h.len();
        let (turns, _) = embedding[start..][..h.len()].as_chunks::<LANES>().0.as_chunks::<4>();
        avx2::prefetch_rows(embedding, start, h.len());
        let mut sums = [_mm512_setzero_ps(); 4];
        for (row, h) in turns.iter().zip(h_turns) {
            for i in 0..4 {
                sums[i] = _mm512_fmadd_ps(load_f16(&row[i]), load(&h[i]), sums[i]);
            }
        }
        *logit = sum_all(&sums);
    }
}
