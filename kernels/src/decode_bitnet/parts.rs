//! The parts of the loop that each ISA has code of its own for.

use super::model::Activation;
use crate::{
    rope_f32::Table,
    ternary::{Scales, Vectors},
};

/// They are called a few hundred times a token, so that a pointer to each costs nothing, and the loop stands once. Who has one
/// made it in a function with the features of its ISA.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// `norm(x, w, y)`, as `rmsnorm_f32`.
    pub(crate) norm: fn(&[f32], &[f32], &mut [f32]),
    /// `quantize(x, a)`, as `quantize_act_i8`; gives the scale.
    pub(crate) quantize: fn(&[f32], &mut [i8]) -> f32,
    /// `rotate(x, table, y)`, as `rope_f32`.
    pub(crate) rotate: fn(&[f32], Table<'_>, &mut [f32]),
    /// `attend(head, scores, y)`: `y = softmax(q . keys / sqrt(d)) values`.
    pub(crate) attend: fn(Head<'_>, Scores<'_>, &mut [f32]),
    /// `gate(activation, gate, up, y)`: `y[i] = activation(gate[i]) * up[i]`.
    pub(crate) gate: fn(Activation, &mut [f32], &[f32], &mut [f32]),
    /// `add(a, b, y)`, as `add_f32`.
    pub(crate) add: fn(&[f32], &[f32], &mut [f32]),
    /// `head(embedding, h, logits)`: the product of a matrix of f16 and a vector.
    pub(crate) head: fn(&[u16], &[f32], &mut [f32]),
    /// The linear layers.
    pub(crate) linear: Linear,
}

/// How the weights of linear layers are kept, and multiplied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear {
    /// `pack(w, rows, columns, packed)`: from the order of `gemv_i2s` to that of the variant, which takes as many bytes.
    pub(crate) pack: fn(&[u8], usize, usize, &mut [u8]),
    /// `one(packed, a, scales, y)`, as `gemv_i2s`.
    pub(crate) one: fn(&[u8], &[i8], Scales, &mut [f32]),
    /// `many(packed, vectors, s_w, y)`, as `gemm_i2s`.
    pub(crate) many: fn(&[u8], Vectors<'_>, f32, &mut [f32]),
}

/// A head of one token, and what it looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    /// `[d]`: the query.
    pub(crate) q: &'a [f32],
    /// `[positions, d]`.
    pub(crate) keys: &'a [f32],
    /// `[positions, d]`.
    pub(crate) values: &'a [f32],
}

/// Room for the scores of a head: one for each position that it looks at, and as many shares.
#[derive(Debug)]
pub(crate) struct Scores<'a> {
    /// How alike query and key are.
    pub(crate) scores: &'a mut [f32],
    /// What a softmax makes of them.
    pub(crate) shares: &'a mut [f32],
}
