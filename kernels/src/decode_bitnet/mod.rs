//! A decoder in the manner of `BitNet` b1.58: ternary linear layers, 8-bit activations, and a head of f16. The phases of
//! inference with it: to load it, to feed a prompt, and to decode token by token.
//!
//! For each token, at its position: `x = embedding[token]`; block by block
//!
//! `h = quantize(norm(x))`, `q, k, v = Q h, K h, V h`, `q, k = rope(q), rope(k)`
//! `seen = softmax(q . k / sqrt(d)) v` of each head, over the positions up to this one
//! `x = x + Output quantize(norm(seen))`
//! `h = quantize(norm(x))`, `x = x + Down quantize(norm(activation(Gate h) * (Up h)))`
//!
//! and `logits = embedding norm(x)`. Each norm is that of `rmsnorm_f32` with weights of its own; a linear layer is that of
//! `gemv_i2s`, its activations those of `quantize_act_i8`, one scale a token; `rope` that of `rope_f32`, by the angles
//! `position * 10000^(-2 pair / d)`; the activation is `max(x, 0)^2` or `silu_f32`. Heads of queries that are neighbours share a
//! head of keys and values.
//!
//! | phase | a call | its output |
//! |---|---|---|
//! | `…_prefillN` | feeds N tokens at once | `[vocabulary]`, the logits behind the last |
//! | `…_decodeN` | feeds one token, of N behind a context of 64 that is fed beforehand; then begins anew | its row of `[N, vocabulary]` |
//! | `…_load` | makes the model ready that was read from its file | the product of every linear layer and a probe |
//!
//! The inputs are those of [`model::input`]. The tokens are known beforehand, so that every variant decodes the same.
//!
//! Loading is exact. Of the logits the integer sums are exact, and all else is in f32; but a number that is rounded to another of
//! the 255 steps of an activation, since it lay between two of them, is 1/127 of the largest off, and makes others fall
//! elsewhere in the blocks behind. So a logit is held to a share of the root mean square of its row, and the accuracy, which is
//! the share of rows with the same largest logit, says more.
//!
//! Source: Ma et al., The Era of 1-bit LLMs, 2024; the norms before `Output` and `Down` as in Wang et al., `BitNet`, 2023.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod f16;
mod memory;
pub mod model;
#[cfg(target_arch = "aarch64")]
mod neon;
mod parts;
mod pass;
mod reference;
mod scalar;
mod tensors;
mod weights;

use self::{
    memory::Memory,
    model::{CONTEXT, Model, Phase, Tensors},
    parts::Parts,
};
use crate::{
    batch::Batch,
    kernel::{Bound, Contract, Kernel, Profile, ShapeRow, ThroughputUnit, Work, Workload},
    operands::Operands,
    shape::Shape,
    signature::workload,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "decode_bitnet",
    summary: "phases of inference with a ternary decoder",
    contract: Contract::Tolerance,
    bound: |shape, _| Bound::of_stream(usize::try_from(work(shape).bytes).unwrap_or(usize::MAX)),
    unit: ThroughputUnit::TokensPerSecond,
    extents: &[],
    rows: &[
        ShapeRow { shape: "tiny_prefill8", vector: None, scalar: None },
        ShapeRow { shape: "tiny_decode4", vector: None, scalar: None },
        ShapeRow { shape: "tiny_load", vector: None, scalar: None },
        ShapeRow { shape: "d512l8_prefill64", vector: Some(Profile::Nightly), scalar: None },
        ShapeRow { shape: "d512l8_decode32", vector: Some(Profile::Quick), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "d512l8_load", vector: Some(Profile::Nightly), scalar: None },
        ShapeRow { shape: "d1536l24_prefill64", vector: Some(Profile::Nightly), scalar: None },
        ShapeRow { shape: "d1536l24_decode32", vector: Some(Profile::Nightly), scalar: None },
        ShapeRow { shape: "d1536l24_load", vector: Some(Profile::Nightly), scalar: None },
    ],
    counted: &["d512l8_decode32"],
    layout: weights::layout,
    fill: |shape, operands, seed| {
        let (model, phase) = of(shape);
        weights::fill(&model, phase, operands, seed);
    },
    work,
    reference: reference::reference,
    workload: Some(Workload {
        takes: |shape| Model::of(shape).is_some(),
        calls: |shape| match of(shape).1 {
            Phase::Decode(tokens) => tokens as u64,
            Phase::Load | Phase::Prefill(_) => 1,
        },
        unit: |shape| match of(shape).1 {
            Phase::Load => ThroughputUnit::BytesPerSecond,
            Phase::Prefill(_) | Phase::Decode(_) => ThroughputUnit::TokensPerSecond,
        },
        file: |shape| (of(shape).1 == Phase::Load).then_some(tensors::FILE),
    }),
    variants: &[
        workload!(Scalar, scalar::parts),
        #[cfg(target_arch = "x86_64")]
        workload!(Avx2, avx2::parts),
        #[cfg(target_arch = "x86_64")]
        workload!(Avx512, avx512::parts),
        #[cfg(target_arch = "aarch64")]
        workload!(Neon, neon::parts),
    ],
};

/// The model and the phase of a shape that the kernel takes.
fn of(shape: &Shape) -> (Model, Phase) {
    Model::of(shape).expect("a case is of a shape that the kernel takes")
}

/// What the linear layers of a loaded model meet: numbers of either sign up to 127, none of them 0, so that each weight counts.
const PROBE: [i8; 4096] = {
    let mut probe = [0; 4096];
    let mut place = 0;
    while place < probe.len() {
        // Both are below 128.
        let magnitude = (37 * place % 127 + 1).to_le_bytes()[0].cast_signed();
        probe[place] = if place / 3 % 2 == 0 { magnitude } else { -magnitude };
        place += 1;
    }
    probe
};

/// The linear layers and the head of each token, and what its heads see; the bytes are of the tensors, and of the keys and
/// values that are looked at.
fn work(shape: &Shape) -> Work {
    let (model, phase) = of(shape);
    let weights = model.layers * model.layer_weights();
    let tensors: usize = model.input_bytes(Phase::Load).iter().sum();
    let head = model.vocabulary * model.width;
    // Of a position that a token looks at: the scores and the sums of its heads, and the bytes of its keys and values.
    let seen = 4 * model.layers * model.width;
    let cached = 8 * model.layers * model.kv_heads * model.head_dimension();
    let (flops, bytes, tokens) = match phase {
        Phase::Load => (2 * weights, tensors + weights / 4 + 4 * model.rows(), None),
        Phase::Prefill(tokens) => {
            let positions = tokens * (tokens + 1) / 2;
            (2 * (tokens * weights + head) + positions * seen, tensors + tokens * cached, Some(tokens))
        }
        Phase::Decode(tokens) => {
            // A call in the middle.
            let positions = CONTEXT + tokens.div_ceil(2);
            (2 * (weights + head) + positions * seen, tensors + positions * cached, Some(1))
        }
    };
    Work {
        flops: flops as u64,
        bytes: bytes as u64,
        elements: weights as u64,
        tokens: tokens.map(|tokens| tokens as u64),
    }
}

/// Bytes of scratch memory.
pub(crate) fn scratch_bytes(shape: &Shape) -> usize {
    let (model, phase) = of(shape);
    memory::bytes(&model, phase)
}

/// Makes ready what all calls share; for a model to be loaded that is nothing.
pub(crate) fn prepare(shape: &Shape, operands: &mut Operands<'_>, parts: &Parts) {
    let (model, phase) = of(shape);
    let (inputs, _, scratch) = operands.split::<f32>();
    let mut memory = Memory::of(&model, phase, scratch);
    if phase != Phase::Load {
        pass::prepare(parts, &Tensors::of(model, inputs), phase, &mut memory);
    }
}

/// Runs a batch of calls.
pub(crate) fn run(shape: &Shape, operands: &mut Operands<'_>, batch: Batch, parts: &Parts) {
    let (model, phase) = of(shape);
    let (inputs, output, scratch) = operands.split::<f32>();
    let tensors = Tensors::of(model, inputs);
    let mut memory = Memory::of(&model, phase, scratch);
    batch.repeat(output, |offset, y| {
        let tensors = Tensors { tokens: &tensors.tokens[offset..], weights: &tensors.weights[offset..], ..tensors };
        match phase {
            Phase::Load => {
                pass::pack(parts, &tensors, &mut memory);
                pass::read_back(parts, &tensors, &memory, &PROBE, y);
            }
            Phase::Prefill(tokens) => {
                pass::feed(parts, &tensors, phase, &mut memory, 0..tokens);
                pass::logits(parts, &tensors, &mut memory, tokens, y);
            }
            Phase::Decode(tokens) => {
                let token = memory.calls[0] as usize % tokens;
                memory.calls[0] = memory.calls[0].wrapping_add(1);
                pass::feed(parts, &tensors, phase, &mut memory, CONTEXT + token..CONTEXT + token + 1);
                pass::logits(parts, &tensors, &mut memory, 1, &mut y[token * model.vocabulary..][..model.vocabulary]);
            }
        }
    });
}
