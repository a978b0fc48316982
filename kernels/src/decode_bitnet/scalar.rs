//! The parts of the scalar variant.

use super::{
    f16,
    model::Activation,
    parts::{Head, Linear, Parts, Scores},
};
use crate::{
    quantize_act_i8, rmsnorm_f32, rope_f32, silu_f32, softmax_f32,
    ternary::scalar::{gemm, gemv},
};

/// Plain loops, which the compiler vectorises as far as it may.
pub(super) fn parts() -> Parts {
    Parts {
        norm: rmsnorm_f32::scalar::rmsnorm,
        quantize: quantize_act_i8::scalar::quantize,
        rotate: rope_f32::scalar::rope,
        attend,
        gate,
        add: |a, b, y| y.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (a, b))| *y = a + b),
        head,
        linear: Linear { pack: |w, _, _, packed| packed.copy_from_slice(w), one: gemv, many: gemm },
    }
}

fn attend(head: Head<'_>, scores: Scores<'_>, y: &mut [f32]) {
    let Head { q, keys, values } = head;
    let Scores { scores, shares } = scores;
    let scale = 1.0 / (q.len() as f32).sqrt();
    for (score, key) in scores.iter_mut().zip(keys.chunks_exact(q.len())) {
        *score = q.iter().zip(key).map(|(q, k)| q * k).sum::<f32>() * scale;
    }
    softmax_f32::scalar::softmax(scores, shares);
    y.fill(0.0);
    for (share, value) in shares.iter().zip(values.chunks_exact(q.len())) {
        y.iter_mut().zip(value).for_each(|(y, value)| *y += share * value);
    }
}

fn gate(activation: Activation, gate: &mut [f32], up: &[f32], y: &mut [f32]) {
    match activation {
        Activation::SquaredRelu => {
            for (y, gate) in y.iter_mut().zip(gate) {
                let positive = gate.max(0.0);
                *y = positive * positive;
            }
        }
        Activation::Silu => silu_f32::scalar::silu(gate, y),
    }
    y.iter_mut().zip(up).for_each(|(y, up)| *y *= up);
}

fn head(embedding: &[u16], h: &[f32], logits: &mut [f32]) {
    for (logit, row) in logits.iter_mut().zip(embedding.chunks_exact(h.len())) {
        *logit = row.iter().zip(h).map(|(&bits, h)| f16::to_f32(bits) * h).sum();
    }
}
