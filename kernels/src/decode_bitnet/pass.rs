//! The pass of tokens through a model, once for all ISAs.

use std::mem;

use super::{
    memory::{Memory, cached},
    model::{Activation, CONTEXT, Linear, Model, Norm, Phase, Tensors},
    parts::{Head, Parts, Scores},
};
use crate::{
    rope_f32::Table,
    ternary::{Scales, Vectors},
};

/// The base of the angles by which positions turn.
pub(super) const THETA: f64 = 10_000.0;

/// Makes a model ready: its weights as the variant wants them, the table of angles, and for decoding the context.
pub(crate) fn prepare(parts: &Parts, tensors: &Tensors<'_>, phase: Phase, memory: &mut Memory<'_>) {
    pack(parts, tensors, memory);
    turn(&tensors.model, phase, memory);
    memory.calls.fill(0);
    if let Phase::Decode(_) = phase {
        feed(parts, tensors, phase, memory, 0..CONTEXT);
    }
}

/// The weights of all linear layers, as the variant wants them.
pub(crate) fn pack(parts: &Parts, tensors: &Tensors<'_>, memory: &mut Memory<'_>) {
    let model = &tensors.model;
    for layer in 0..model.layers {
        for linear in Linear::ALL {
            let (weights, _) = tensors.linear(layer, linear);
            let (rows, columns) = model.extents(linear);
            (parts.linear.pack)(weights, rows, columns, &mut memory.packed[model.weights(layer, linear)]);
        }
    }
}

/// The angle by which a position turns a pair of elements.
pub(super) fn angle(model: &Model, position: usize, pair: usize) -> f64 {
    position as f64 * libm::pow(THETA, -2.0 * pair as f64 / model.head_dimension() as f64)
}

/// The table of cosines and sines, in `f64`, each rounded once.
#[expect(clippy::cast_possible_truncation, reason = "the one rounding")]
fn turn(model: &Model, phase: Phase, memory: &mut Memory<'_>) {
    let half = model.head_dimension() / 2;
    for position in 0..phase.tokens() {
        for pair in 0..half {
            let (sine, cosine) = libm::sincos(angle(model, position, pair));
            memory.cosines[position * half + pair] = cosine as f32;
            memory.sines[position * half + pair] = sine as f32;
        }
    }
}

/// Feeds the tokens at these positions at once, behind those fed before; their states are then in `x`.
pub(crate) fn feed(
    parts: &Parts,
    tensors: &Tensors<'_>,
    phase: Phase,
    memory: &mut Memory<'_>,
    positions: std::ops::Range<usize>,
) {
    let model = &tensors.model;
    for (token, x) in tensors.tokens[positions.clone()].iter().zip(memory.states.x.chunks_mut(model.width)) {
        let row = &tensors.embedding[*token as usize * model.width..][..model.width];
        x.iter_mut().zip(row).for_each(|(x, &bits)| *x = super::f16::to_f32(bits));
    }
    let pass = Pass { parts, tensors, phase, first: positions.start, count: positions.len() };
    for layer in 0..model.layers {
        pass.attention(memory, layer);
        pass.feed_forward(memory, layer);
    }
}

/// The logits behind the last of so many tokens that were fed.
pub(crate) fn logits(parts: &Parts, tensors: &Tensors<'_>, memory: &mut Memory<'_>, count: usize, logits: &mut [f32]) {
    let model = &tensors.model;
    let x = &memory.states.x[(count - 1) * model.width..][..model.width];
    let h = &mut memory.states.h[..model.width];
    (parts.norm)(x, &tensors.norms[model.last_norm()], h);
    (parts.head)(tensors.embedding, h, logits);
}

/// What a block needs to know.
struct Pass<'a> {
    parts: &'a Parts,
    tensors: &'a Tensors<'a>,
    phase: Phase,
    /// The position of the first token.
    first: usize,
    /// How many are fed.
    count: usize,
}

impl Pass<'_> {
    /// `x += output(norm(heads(norm(x))))`
    fn attention(&self, memory: &mut Memory<'_>, layer: usize) {
        let Self { parts, tensors, phase, first, count } = *self;
        let model = &tensors.model;
        let (width, d) = (model.width, model.head_dimension());
        let kv_width = model.kv_heads * d;
        let states = &mut memory.states;
        self.quantize(states.x, states.h, states.a, states.s_a, (layer, Norm::Attention));
        self.linear(memory.packed, states.a, states.s_a, (layer, Linear::Q), states.q);
        self.linear(memory.packed, states.a, states.s_a, (layer, Linear::K), states.k);
        self.linear(memory.packed, states.a, states.s_a, (layer, Linear::V), states.v);
        for token in 0..count {
            let position = first + token;
            let angles = position * d / 2..(position + 1) * d / 2;
            let table = Table { c: &memory.cosines[angles.clone()], s: &memory.sines[angles] };
            let place = token * width..(token + 1) * width;
            (parts.rotate)(&states.q[place.clone()], table, &mut states.q_turned[place]);
            for head in 0..model.kv_heads {
                let from = token * kv_width + head * d;
                let cache = cached(model, phase.tokens(), layer, head);
                let to = cache.start + position * d;
                (parts.rotate)(&states.k[from..][..d], table, &mut memory.keys[to..][..d]);
                memory.values[to..][..d].copy_from_slice(&states.v[from..][..d]);
            }
        }
        let group = model.heads / model.kv_heads;
        for head in 0..model.heads {
            let cache = cached(model, phase.tokens(), layer, head / group);
            for token in 0..count {
                let positions = first + token + 1;
                let (keys, values) = (&memory.keys[cache.start..], &memory.values[cache.start..]);
                let (scores, shares) = (&mut states.scores[..positions], &mut states.shares[..positions]);
                let place = token * width + head * d..token * width + (head + 1) * d;
                let head = Head {
                    q: &states.q_turned[place.clone()],
                    keys: &keys[..positions * d],
                    values: &values[..positions * d],
                };
                (parts.attend)(head, Scores { scores, shares }, &mut states.seen[place]);
            }
        }
        self.quantize(states.seen, states.h, states.a, states.s_a, (layer, Norm::AttentionOutput));
        self.linear(memory.packed, states.a, states.s_a, (layer, Linear::Output), states.d);
        (parts.add)(&states.x[..count * width], &states.d[..count * width], &mut states.sum[..count * width]);
        mem::swap(&mut states.x, &mut states.sum);
    }

    /// `x += down(norm(activation(gate(norm(x))) * up(norm(x))))`
    fn feed_forward(&self, memory: &mut Memory<'_>, layer: usize) {
        let Self { parts, tensors, count, .. } = *self;
        let model = &tensors.model;
        let (width, middle) = (count * model.width, count * model.feed_forward);
        let states = &mut memory.states;
        self.quantize(states.x, states.h, states.a, states.s_a, (layer, Norm::FeedForward));
        self.linear(memory.packed, states.a, states.s_a, (layer, Linear::Gate), states.gate);
        self.linear(memory.packed, states.a, states.s_a, (layer, Linear::Up), states.up);
        let gated = &mut states.gated[..middle];
        (parts.gate)(model.activation, &mut states.gate[..middle], &states.up[..middle], gated);
        self.quantize(gated, states.h, states.a, states.s_a, (layer, Norm::FeedForwardOutput));
        self.linear(memory.packed, states.a, states.s_a, (layer, Linear::Down), states.d);
        (parts.add)(&states.x[..width], &states.d[..width], &mut states.sum[..width]);
        mem::swap(&mut states.x, &mut states.sum);
    }

    /// The activations of the linear layers behind a norm, token by token.
    fn quantize(&self, x: &[f32], h: &mut [f32], a: &mut [i8], s_a: &mut [f32], (layer, norm): (usize, Norm)) {
        let weights = self.tensors.norm(layer, norm);
        let elements = weights.len();
        let h = &mut h[..elements];
        let tokens = x.chunks(elements).zip(a.chunks_mut(elements)).zip(s_a).take(self.count);
        for ((x, a), s_a) in tokens {
            (self.parts.norm)(x, weights, h);
            *s_a = (self.parts.quantize)(h, a);
        }
    }

    /// A linear layer, of all tokens.
    fn linear(&self, packed: &[u8], a: &[i8], s_a: &[f32], (layer, linear): (usize, Linear), y: &mut [f32]) {
        let model = &self.tensors.model;
        let (rows, columns) = model.extents(linear);
        let packed = &packed[model.weights(layer, linear)];
        let (_, s_w) = self.tensors.linear(layer, linear);
        let (a, y) = (&a[..self.count * columns], &mut y[..self.count * rows]);
        match s_a[..self.count] {
            [s_a] => (self.parts.linear.one)(packed, a, Scales { s_a, s_w }, y),
            ref s_a => (self.parts.linear.many)(packed, Vectors { a, s_a }, s_w, y),
        }
    }
}

/// Reads a model back through what it was made ready for: the product of each linear layer and a vector of activations that
/// hits every weight.
pub(crate) fn read_back(parts: &Parts, tensors: &Tensors<'_>, memory: &Memory<'_>, probe: &[i8], mut y: &mut [f32]) {
    let model = &tensors.model;
    for layer in 0..model.layers {
        for linear in Linear::ALL {
            let (rows, columns) = model.extents(linear);
            let (_, s_w) = tensors.linear(layer, linear);
            let (outputs, rest) = mem::take(&mut y).split_at_mut(rows);
            let packed = &memory.packed[model.weights(layer, linear)];
            (parts.linear.one)(packed, &probe[..columns], Scales { s_a: 1.0, s_w }, outputs);
            y = rest;
        }
    }
}

/// What the two halves of a feed-forward block make, in plain code.
pub(super) fn activate(activation: Activation, gate: f64) -> f64 {
    match activation {
        Activation::SquaredRelu => gate.max(0.0) * gate.max(0.0),
        Activation::Silu => gate / (1.0 + libm::exp(-gate)),
    }
}
