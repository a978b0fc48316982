//! The parts of the AVX-512 variant.

use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_setzero_ps};

use super::{
    avx2,
    parts::{Linear, Parts},
};
use crate::{
    lanes::{
        avx512::{LANES, load, load_f16, sum_all},
        prefetch_behind,
    },
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

/// Row by row, four sums; lines are asked for as under AVX2.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn head(embedding: &[u16], h: &[f32], logits: &mut [f32]) {
    let (h_turns, _) = h.as_chunks::<LANES>().0.as_chunks::<4>();
    for (turns, logit) in avx2::rows(embedding, h.len()).zip(logits) {
        for line in turns.as_flattened() {
            prefetch_behind(line, avx2::AHEAD_BYTES);
        }
        let mut sums = [_mm512_setzero_ps(); 4];
        for (turn, h) in turns.iter().zip(h_turns) {
            let elements = turn.as_flattened().as_chunks::<32>().0;
            for i in 0..4 {
                sums[i] = _mm512_fmadd_ps(load_f16(&elements[i]), load(&h[i]), sums[i]);
            }
        }
        *logit = sum_all(&sums);
    }
}
