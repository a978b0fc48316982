//! The models: their dimensions, and where each tensor stands in the operands.

use std::ops::Range;

use crate::{
    operands::{Inputs, Operands},
    shape::Shape,
};

/// The function between the two halves of a gated feed-forward block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `max(x, 0)^2`.
    SquaredRelu,
    /// `x / (1 + exp(-x))`.
    Silu,
}

/// The dimensions of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// Elements of a token's state.
    pub width: usize,
    /// Blocks of attention and feed-forward, one behind the other.
    pub layers: usize,
    /// Heads of the queries; together they are `width` wide.
    pub heads: usize,
    /// Heads of keys and values, of which each serves `heads / kv_heads` heads of queries.
    pub kv_heads: usize,
    /// Elements between the two halves of a feed-forward block.
    pub feed_forward: usize,
    /// The function between them.
    pub activation: Activation,
    /// Tokens that there are.
    pub vocabulary: usize,
}

/// What is done with a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// From the bytes of its file to a model that is ready.
    Load,
    /// So many tokens at once, until the logits of the last one.
    Prefill(usize),
    /// Token by token behind a context of [`CONTEXT`] tokens, so many.
    Decode(usize),
}

/// Tokens before those that are decoded.
pub const CONTEXT: usize = 64;

/// As many tokens are fed at most.
const MOST_TOKENS: usize = 1 << 16;

/// The linear layers of a block, in the order in which they stand in the operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linear {
    /// Queries.
    Q,
    /// Keys.
    K,
    /// Values.
    V,
    /// Behind the attention.
    Output,
    /// The half of the feed-forward that goes through the activation.
    Gate,
    /// The other half.
    Up,
    /// Back to the width.
    Down,
}

impl Linear {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Q, Self::K, Self::V, Self::Output, Self::Gate, Self::Up, Self::Down];
}

/// The weights of the norms of a block, in the order in which they stand in the operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// Before queries, keys and values.
    Attention,
    /// Before [`Linear::Output`].
    AttentionOutput,
    /// Before [`Linear::Gate`] and [`Linear::Up`].
    FeedForward,
    /// Before [`Linear::Down`].
    FeedForwardOutput,
}

impl Norm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Attention, Self::AttentionOutput, Self::FeedForward, Self::FeedForwardOutput];
}

/// Which input is what.
pub mod input {
    /// `u32`: width, layers, heads, heads of keys and values, feed-forward, activation (0 squared `ReLU`, 1 `SiLU`),
    /// vocabulary, context, tokens, phase (0 load, 1 prefill, 2 decode).
    pub const DIMENSIONS: usize = 0;
    /// `u32`: the tokens, all known beforehand, so that every variant decodes the same.
    pub const TOKENS: usize = 1;
    /// f16 as `u16`, `[vocabulary, width]`: a token's first state, and the head.
    pub const EMBEDDING: usize = 2;
    /// f32: the norms of each block, `[layers, (width, width, width, feed_forward)]`, then the last one, `[width]`.
    pub const NORMS: usize = 3;
    /// `u8`: the ternary weights of each block's linear layers, `[rows, columns / 4]` each, packed as `gemv_i2s` has them.
    pub const WEIGHTS: usize = 4;
    /// f32, `[layers, 7]`: the scale of each linear layer's weights.
    pub const SCALES: usize = 5;
}

/// Numbers of [`input::DIMENSIONS`].
pub const DIMENSIONS: usize = 10;

impl Model {
    /// For tests: two blocks, heads that share keys.
    pub const TINY: Self = Self {
        width: 128,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        feed_forward: 256,
        activation: Activation::SquaredRelu,
        vocabulary: 320,
    };

    /// A small one, 24 million ternary weights, whose matrices stay in a third-level cache.
    pub const D512L8: Self = Self {
        width: 512,
        layers: 8,
        heads: 8,
        kv_heads: 2,
        feed_forward: 1536,
        activation: Activation::Silu,
        vocabulary: 8192,
    };

    /// The shape of `BitNet b1.58` with 0.7 billion parameters: 680 million ternary weights.
    pub const D1536L24: Self = Self {
        width: 1536,
        layers: 24,
        heads: 16,
        kv_heads: 16,
        feed_forward: 4096,
        activation: Activation::Silu,
        vocabulary: 32002,
    };

    /// The model and the phase of a shape: `tiny_decode4`, `d512l8_prefill64`, `d1536l24_load`. `None` where it is no
    /// such shape.
    #[must_use]
    pub fn of(shape: &Shape) -> Option<(Self, Phase)> {
        let (model, phase) = match (shape.extents(), shape.words()) {
            ([], [model, phase]) if model.name == "tiny" && model.count.is_none() => (Self::TINY, phase),
            ([('d', 512), ('l', 8)], [phase]) => (Self::D512L8, phase),
            ([('d', 1536), ('l', 24)], [phase]) => (Self::D1536L24, phase),
            _ => return None,
        };
        let phase = match (phase.name.as_str(), phase.count) {
            ("load", None) => Phase::Load,
            ("prefill", Some(tokens)) if (1..=MOST_TOKENS).contains(&tokens) => Phase::Prefill(tokens),
            ("decode", Some(tokens)) if (1..=MOST_TOKENS).contains(&tokens) => Phase::Decode(tokens),
            _ => return None,
        };
        Some((model, phase))
    }

    /// Elements of a head.
    #[must_use]
    pub const fn head_dimension(&self) -> usize {
        self.width / self.heads
    }

    /// Rows and columns of a linear layer: outputs and inputs.
    #[must_use]
    pub const fn extents(&self, linear: Linear) -> (usize, usize) {
        let kv_width = self.kv_heads * self.head_dimension();
        match linear {
            Linear::Q | Linear::Output => (self.width, self.width),
            Linear::K | Linear::V => (kv_width, self.width),
            Linear::Gate | Linear::Up => (self.feed_forward, self.width),
            Linear::Down => (self.width, self.feed_forward),
        }
    }

    /// Where the packed weights of a linear layer stand in their input, in bytes.
    #[must_use]
    pub fn weights(&self, layer: usize, linear: Linear) -> Range<usize> {
        let bytes = |linear| {
            let (rows, columns) = self.extents(linear);
            rows * columns / 4
        };
        let before = Linear::ALL.into_iter().take_while(|&other| other != linear).map(bytes).sum::<usize>();
        let start = layer * self.layer_weights() / 4 + before;
        start..start + bytes(linear)
    }

    /// Ternary weights of a block.
    #[must_use]
    pub fn layer_weights(&self) -> usize {
        Linear::ALL.into_iter().map(|linear| self.extents(linear)).map(|(rows, columns)| rows * columns).sum()
    }

    /// Rows of all linear layers together.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.layers * Linear::ALL.into_iter().map(|linear| self.extents(linear).0).sum::<usize>()
    }

    /// Where the weights of a norm stand in their input, in elements.
    #[must_use]
    pub fn norm(&self, layer: usize, norm: Norm) -> Range<usize> {
        let before = Norm::ALL.into_iter().take_while(|&other| other != norm).count() * self.width;
        let start = layer * self.layer_norms() + before;
        let elements = if norm == Norm::FeedForwardOutput { self.feed_forward } else { self.width };
        start..start + elements
    }

    /// Where the weights of the last norm stand.
    #[must_use]
    pub const fn last_norm(&self) -> Range<usize> {
        let start = self.layers * self.layer_norms();
        start..start + self.width
    }

    const fn layer_norms(&self) -> usize {
        3 * self.width + self.feed_forward
    }

    /// Where the scale of a linear layer's weights stands.
    #[must_use]
    pub fn scale(&self, layer: usize, linear: Linear) -> usize {
        layer * Linear::ALL.len() + Linear::ALL.into_iter().take_while(|&other| other != linear).count()
    }

    /// Bytes of each input.
    #[must_use]
    pub fn input_bytes(&self, phase: Phase) -> Vec<usize> {
        vec![
            4 * DIMENSIONS,
            4 * phase.tokens(),
            2 * self.vocabulary * self.width,
            4 * self.last_norm().end,
            self.layers * self.layer_weights() / 4,
            4 * self.layers * Linear::ALL.len(),
        ]
    }
}

impl Phase {
    /// Tokens that are fed: those of the context, and those that are decoded.
    #[must_use]
    pub const fn tokens(self) -> usize {
        match self {
            Self::Load => 0,
            Self::Prefill(tokens) => tokens,
            Self::Decode(tokens) => CONTEXT + tokens,
        }
    }
}

/// The inputs of a model, as they stand in the operands.
#[derive(Clone, Copy, Debug)]
pub struct Tensors<'a> {
    /// Its dimensions.
    pub model: Model,
    /// [`input::TOKENS`].
    pub tokens: &'a [u32],
    /// [`input::EMBEDDING`].
    pub embedding: &'a [u16],
    /// [`input::NORMS`].
    pub norms: &'a [f32],
    /// [`input::WEIGHTS`].
    pub weights: &'a [u8],
    /// [`input::SCALES`].
    pub scales: &'a [f32],
}

impl<'a> Tensors<'a> {
    /// Those of a case's inputs.
    #[must_use]
    pub fn of(model: Model, inputs: Inputs<'a>) -> Self {
        Self {
            model,
            tokens: inputs.get(input::TOKENS),
            embedding: inputs.get(input::EMBEDDING),
            norms: inputs.get(input::NORMS),
            weights: inputs.get(input::WEIGHTS),
            scales: inputs.get(input::SCALES),
        }
    }

    /// The same, of operands that nobody writes now.
    #[must_use]
    pub fn of_operands(model: Model, operands: &'a Operands<'_>) -> Self {
        Self {
            model,
            tokens: operands.input(input::TOKENS),
            embedding: operands.input(input::EMBEDDING),
            norms: operands.input(input::NORMS),
            weights: operands.input(input::WEIGHTS),
            scales: operands.input(input::SCALES),
        }
    }

    /// The packed weights of a linear layer, and their scale.
    #[must_use]
    pub fn linear(&self, layer: usize, linear: Linear) -> (&'a [u8], f32) {
        (&self.weights[self.model.weights(layer, linear)], self.scales[self.model.scale(layer, linear)])
    }

    /// The weights of a norm.
    #[must_use]
    pub fn norm(&self, layer: usize, norm: Norm) -> &'a [f32] {
        &self.norms[self.model.norm(layer, norm)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_stand_one_behind_the_other_and_fill_their_inputs() {
        for model in [Model::TINY, Model::D512L8, Model::D1536L24] {
            let bytes = model.input_bytes(Phase::Load);
            let (mut weights, mut norms) = (0, 0);
            for layer in 0..model.layers {
                for linear in Linear::ALL {
                    let range = model.weights(layer, linear);
                    assert_eq!(range.start, weights);
                    weights = range.end;
                }
                for norm in Norm::ALL {
                    let range = model.norm(layer, norm);
                    assert_eq!(range.start, norms);
                    norms = range.end;
                }
            }
            assert_eq!(model.last_norm().start, norms);
            assert_eq!((weights, 4 * model.last_norm().end), (bytes[input::WEIGHTS], bytes[input::NORMS]));
        }
    }

    #[test]
    fn the_large_model_has_680_million_ternary_weights() {
        let model = Model::D1536L24;
        assert_eq!(model.layers * model.layer_weights(), 679_477_248);
    }

    #[test]
    fn every_matrix_has_rows_of_whole_blocks_of_packed_weights() {
        for model in [Model::TINY, Model::D512L8, Model::D1536L24] {
            assert!(Linear::ALL.into_iter().all(|linear| model.extents(linear).1.is_multiple_of(128)), "{model:?}");
        }
    }

    #[test]
    fn a_shape_names_a_model_and_a_phase() {
        let of = |text: &str| Model::of(&text.parse().unwrap());
        assert_eq!(of("tiny_decode4"), Some((Model::TINY, Phase::Decode(4))));
        assert_eq!(of("d1536l24_load"), Some((Model::D1536L24, Phase::Load)));
        for other in [
            "tiny",
            "tiny_load8",
            "tiny_prefill0",
            "tiny_decode65537",
            "d512l8",
            "d512l9_load",
            "tiny_decode4_load",
            "small_load",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
