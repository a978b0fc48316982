//! The right logits: the same model in plain code that adds in `f64`, all positions at once.

use super::{
    PROBE, f16,
    model::{CONTEXT, Linear, Model, Norm, Phase, Tensors},
    pass::{activate, angle},
};
use crate::{kernel::Reference, operands::Operands, shape::Shape};

/// What stands beside the mean under the root of a norm.
const EPSILON: f32 = 1e-5;

/// How far a logit may be off, as a share of the root mean square of its row, for each root of a block. What falls elsewhere in a
/// block is a noise of about a 50th of what the block adds, the noises of blocks add up as independent ones do, and of a million
/// logits the worst is five deviations off. Found: 0.14 behind 8 blocks, 0.26 behind 24.
const LOGIT_SHARE: f64 = 0.1;

/// The output that is right for these inputs.
pub(super) fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (model, phase) = Model::of(shape).expect("a case is of a shape that the kernel takes");
    let tensors = Tensors::of_operands(model, operands);
    let wanted = match phase {
        Phase::Load => return read_back(&tensors),
        Phase::Prefill(tokens) => tokens - 1..tokens,
        Phase::Decode(tokens) => CONTEXT..CONTEXT + tokens,
    };
    let states = feed(&tensors);
    let values = logits(&tensors, &states[wanted]);
    let bounds = values.chunks(model.vocabulary).flat_map(|row| {
        let mean = row.iter().map(|logit| logit * logit).sum::<f64>() / row.len() as f64;
        std::iter::repeat_n(LOGIT_SHARE * (model.layers as f64 * mean).sqrt(), row.len())
    });
    Reference::Logits { bounds: bounds.collect(), values, vocabulary: model.vocabulary }
}

/// The product of each linear layer and the probe: whole numbers, and the two roundings of `gemv_i2s`.
#[expect(clippy::cast_precision_loss, reason = "rounded as the contract says")]
fn read_back(tensors: &Tensors<'_>) -> Reference {
    let model = &tensors.model;
    let mut values = Vec::with_capacity(model.rows());
    for layer in 0..model.layers {
        for linear in Linear::ALL {
            let (rows, columns) = model.extents(linear);
            let probe: Vec<i16> = PROBE[..columns].iter().copied().map(i16::from).collect();
            let (weights, s_w) = tensors.linear(layer, linear);
            let mut row = vec![0; columns];
            for packed in weights.chunks_exact(columns / 4).take(rows) {
                unpack(packed, &mut row);
                values.push(f64::from(dot(&row, &probe) as f32 / 1.0 * s_w));
            }
        }
    }
    let bounds = vec![0.0; values.len()];
    Reference::Tolerance { values, bounds }
}

/// The weights of a row: -1, 0 or 1.
fn unpack(packed: &[u8], row: &mut [i16]) {
    for (bytes, weights) in packed.chunks_exact(32).zip(row.chunks_exact_mut(128)) {
        for (quarter, weights) in weights.chunks_exact_mut(32).enumerate() {
            let shift = 6 - 2 * quarter;
            weights.iter_mut().zip(bytes).for_each(|(weight, byte)| *weight = i16::from(byte >> shift & 3) - 1);
        }
    }
}

/// The product of weights and activations.
fn dot(weights: &[i16], a: &[i16]) -> i32 {
    /// So few that their sum fits into 16 bits, of which a register has twice as many as of 32.
    const TERMS: usize = 256;
    let short = |(weights, a): (&[i16], &[i16])| {
        weights.iter().zip(a).fold(0_i16, |sum, (weight, a)| sum.wrapping_add(weight.wrapping_mul(*a)))
    };
    weights.chunks(TERMS).zip(a.chunks(TERMS)).map(short).map(i32::from).sum()
}

/// The states of all tokens behind the last block.
#[expect(clippy::many_single_char_names, reason = "the formula's names")]
fn feed(tensors: &Tensors<'_>) -> Vec<Vec<f64>> {
    let model = &tensors.model;
    let row = |&token: &u32| &tensors.embedding[token as usize * model.width..][..model.width];
    let state = |token| row(token).iter().map(|&bits| f64::from(f16::to_f32(bits))).collect();
    let mut x: Vec<Vec<f64>> = tensors.tokens.iter().map(state).collect();
    for layer in 0..model.layers {
        let h = Quantized::of_all(&x, tensors.norm(layer, Norm::Attention));
        let mut q = h.through(tensors, layer, Linear::Q);
        let mut k = h.through(tensors, layer, Linear::K);
        let v = h.through(tensors, layer, Linear::V);
        rotate(model, &mut q);
        rotate(model, &mut k);
        let seen: Vec<Vec<f64>> = (0..x.len()).map(|position| attend(model, &q[position], &k, &v, position)).collect();
        add(
            &mut x,
            &Quantized::of_all(&seen, tensors.norm(layer, Norm::AttentionOutput)).through(
                tensors,
                layer,
                Linear::Output,
            ),
        );
        let h = Quantized::of_all(&x, tensors.norm(layer, Norm::FeedForward));
        let mut gated = h.through(tensors, layer, Linear::Gate);
        for (gated, up) in gated.iter_mut().zip(h.through(tensors, layer, Linear::Up)) {
            gated.iter_mut().zip(up).for_each(|(gate, up)| *gate = activate(model.activation, *gate) * up);
        }
        let norm = tensors.norm(layer, Norm::FeedForwardOutput);
        add(&mut x, &Quantized::of_all(&gated, norm).through(tensors, layer, Linear::Down));
    }
    x
}

fn add(x: &mut [Vec<f64>], d: &[Vec<f64>]) {
    for (x, d) in x.iter_mut().zip(d) {
        x.iter_mut().zip(d).for_each(|(x, d)| *x += d);
    }
}

fn norm(x: &[f64], weights: &[f32]) -> Vec<f64> {
    let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
    let root = (mean + f64::from(EPSILON)).sqrt();
    x.iter().zip(weights).map(|(x, &weight)| x / root * f64::from(weight)).collect()
}

/// The pairs of each head of each token, turned by the angles of its position.
fn rotate(model: &Model, x: &mut [Vec<f64>]) {
    let half = model.head_dimension() / 2;
    for (position, x) in x.iter_mut().enumerate() {
        let turns: Vec<(f64, f64)> = (0..half).map(|pair| libm::sincos(angle(model, position, pair))).collect();
        for head in x.chunks_mut(2 * half) {
            for (pair, (sine, cosine)) in turns.iter().enumerate() {
                let (first, second) = (head[pair], head[half + pair]);
                head[pair] = first * cosine - second * sine;
                head[half + pair] = second * cosine + first * sine;
            }
        }
    }
}

/// What the heads of the token at a position see of those up to it.
#[expect(clippy::many_single_char_names, reason = "the formula's names")]
fn attend(model: &Model, q: &[f64], k: &[Vec<f64>], v: &[Vec<f64>], position: usize) -> Vec<f64> {
    let (d, group) = (model.head_dimension(), model.heads / model.kv_heads);
    let mut seen = Vec::with_capacity(q.len());
    for (head, q) in q.chunks(d).enumerate() {
        let place = head / group * d..(head / group + 1) * d;
        let score = |k: &Vec<f64>| q.iter().zip(&k[place.clone()]).map(|(q, k)| q * k).sum::<f64>() / (d as f64).sqrt();
        let scores: Vec<f64> = k[..=position].iter().map(score).collect();
        let maximum = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = scores.iter().map(|score| libm::exp(score - maximum)).collect();
        let sum: f64 = powers.iter().sum();
        let mut y = vec![0.0; d];
        for (power, v) in powers.iter().zip(v) {
            y.iter_mut().zip(&v[place.clone()]).for_each(|(y, v)| *y += power / sum * v);
        }
        seen.append(&mut y);
    }
    seen
}

/// The logits behind each of these states, row by row.
fn logits(tensors: &Tensors<'_>, states: &[Vec<f64>]) -> Vec<f64> {
    let model = &tensors.model;
    let h: Vec<Vec<f64>> = states.iter().map(|x| norm(x, &tensors.norms[model.last_norm()])).collect();
    let mut logits = vec![0.0; states.len() * model.vocabulary];
    let mut row = vec![0.0; model.width];
    for (token, embedding) in tensors.embedding.chunks(model.width).enumerate() {
        row.iter_mut().zip(embedding).for_each(|(element, &bits)| *element = f16::to_f32(bits).into());
        for (h, logits) in h.iter().zip(logits.chunks_mut(model.vocabulary)) {
            // Eight sums, none of which waits for another.
            let mut sums = [0.0; 8];
            for (row, h) in row.as_chunks::<8>().0.iter().zip(h.as_chunks::<8>().0) {
                sums.iter_mut().zip(row.iter().zip(h)).for_each(|(sum, (row, h))| *sum += row * h);
            }
            logits[token] = sums.iter().sum();
        }
    }
    logits
}

/// The activations of a linear layer, of all tokens.
struct Quantized {
    codes: Vec<Vec<i16>>,
    scales: Vec<f64>,
}

impl Quantized {
    /// Behind a norm.
    #[expect(clippy::cast_possible_truncation, reason = "rounded, and at most 127")]
    fn of_all(x: &[Vec<f64>], weights: &[f32]) -> Self {
        let mut all = Self { codes: Vec::new(), scales: Vec::new() };
        for x in x {
            let h = norm(x, weights);
            // A NaN stays: a comparison with it is false.
            let absmax =
                h.iter().fold(0.0, |absmax, h: &f64| if h.is_nan() || h.abs() > absmax { h.abs() } else { absmax });
            let scale = 127.0 / absmax;
            all.codes.push(h.iter().map(|h| (h * scale).round_ties_even() as i16).collect());
            all.scales.push(scale);
        }
        all
    }

    /// What a linear layer makes of them.
    fn through(&self, tensors: &Tensors<'_>, layer: usize, linear: Linear) -> Vec<Vec<f64>> {
        let (rows, columns) = tensors.model.extents(linear);
        let (weights, s_w) = tensors.linear(layer, linear);
        let mut y = vec![vec![0.0; rows]; self.codes.len()];
        let mut row = vec![0; columns];
        for (i, packed) in weights.chunks_exact(columns / 4).enumerate() {
            unpack(packed, &mut row);
            for ((y, codes), scale) in y.iter_mut().zip(&self.codes).zip(&self.scales) {
                y[i] = f64::from(dot(&row, codes)) / scale * f64::from(s_w);
            }
        }
        y
    }
}
