//! The parts of the NEON variant.

use std::arch::aarch64::{vaddq_f32, vdupq_n_f32, vfmaq_f32, vmaxq_f32, vmulq_f32};

use super::{
    model::Activation,
    parts::{Head, Linear, Parts, Scores},
};
use crate::{
    elementwise::neon::map,
    lanes::neon::{LANES, load, load_f16, store, sum_all},
    quantize_act_i8, rmsnorm_f32, rope_f32, silu_f32, softmax_f32,
    ternary::neon::{gemm, gemv},
};

/// Closures made here have the features of this function.
#[target_feature(enable = "neon")]
pub(super) fn parts() -> Parts {
    Parts {
        norm: |x, w, y| rmsnorm_f32::neon::rmsnorm(x, w, y),
        quantize: |x, a| quantize_act_i8::neon::quantize(x, a),
        rotate: |x, table, y| rope_f32::neon::rope(x, table, y),
        attend: |head, scores, y| attend(head, scores, y),
        gate: |activation, gate, up, y| self::gate(activation, gate, up, y),
        add: |a, b, y| map([a, b], y, |[a, b]| vaddq_f32(a, b)),
        head: |embedding, h, logits| head(embedding, h, logits),
        linear: Linear {
            pack: |w, _, _, packed| packed.copy_from_slice(w),
            one: |packed, a, scales, y| gemv(packed, a, scales, y),
            many: |packed, vectors, s_w, y| gemm(packed, vectors, s_w, y),
        },
    }
}

/// Position by position, eight sums for a score: an FMA is four cycles deep, and two to four issue a cycle.
#[target_feature(enable = "neon")]
fn attend(head: Head<'_>, scores: Scores<'_>, y: &mut [f32]) {
    let Head { q, keys, values } = head;
    let Scores { scores, shares } = scores;
    let (q_turns, _) = q.as_chunks::<LANES>().0.as_chunks::<8>();
    let scale = 1.0 / (q.len() as f32).sqrt();
    for (score, key) in scores.iter_mut().zip(keys.chunks_exact(q.len())) {
        let mut sums = [vdupq_n_f32(0.0); 8];
        for (q, key) in q_turns.iter().zip(key.as_chunks::<LANES>().0.as_chunks::<8>().0) {
            for i in 0..8 {
                sums[i] = vfmaq_f32(sums[i], load(&q[i]), load(&key[i]));
            }
        }
        *score = sum_all(&sums) * scale;
    }
    softmax_f32::neon::softmax(scores, shares);
    let (tiles, _) = y.as_chunks_mut::<LANES>().0.as_chunks_mut::<8>();
    for (tile, y) in tiles.iter_mut().enumerate() {
        let mut sums = [vdupq_n_f32(0.0); 8];
        for (share, value) in shares.iter().zip(values.chunks_exact(q.len())) {
            let value = &value.as_chunks::<LANES>().0.as_chunks::<8>().0[tile];
            for (sum, value) in sums.iter_mut().zip(value) {
                *sum = vfmaq_f32(*sum, load(value), vdupq_n_f32(*share));
            }
        }
        for (y, sum) in y.iter_mut().zip(sums) {
            store(y, sum);
        }
    }
}

#[target_feature(enable = "neon")]
fn gate(activation: Activation, gate: &mut [f32], up: &[f32], y: &mut [f32]) {
    match activation {
        Activation::SquaredRelu => map([gate, up], y, |[gate, up]| {
            let positive = vmaxq_f32(gate, vdupq_n_f32(0.0));
            vmulq_f32(vmulq_f32(positive, positive), up)
        }),
        Activation::Silu => {
            silu_f32::neon::silu(gate, y);
            gate.copy_from_slice(y);
            map([gate, up], y, |[gate, up]| vmulq_f32(gate, up));
        }
    }
}

/// Row by row, eight sums.
#[target_feature(enable = "neon")]
fn head(embedding: &[u16], h: &[f32], logits: &mut [f32]) {
    let (h_turns, _) = h.as_chunks::<LANES>().0.as_chunks::<8>();
    for (logit, row) in logits.iter_mut().zip(embedding.chunks_exact(h.len())) {
        let (turns, _) = row.as_chunks::<LANES>().0.as_chunks::<8>();
        let mut sums = [vdupq_n_f32(0.0); 8];
        for (row, h) in turns.iter().zip(h_turns) {
            for i in 0..8 {
                sums[i] = vfmaq_f32(sums[i], load_f16(&row[i]), load(&h[i]));
            }
        }
        *logit = sum_all(&sums);
    }
}
