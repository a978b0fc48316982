//! Seeded weights: those of a model are the same for all of its phases.

use super::model::{Activation, DIMENSIONS, Linear, Model, Phase, input};
use crate::{
    inputs::Stream,
    operands::{Layout, Operands},
    shape::Shape,
};

/// Fills the inputs of a model. The norms are about 1, and each linear layer is scaled so that its outputs are of the order of its
/// inputs; the embedding is so small that what the blocks add soon outweighs it.
pub(super) fn fill(model: &Model, phase: Phase, operands: &mut Operands<'_>, seed: u64) {
    operands.input_mut(input::DIMENSIONS).copy_from_slice(&dimensions(model, phase));
    let stream = |index: usize| Stream::new(seed, index as u64);
    let vocabulary = u32::try_from(model.vocabulary).expect("a vocabulary is below 2^32");
    stream(input::TOKENS).fill_below(vocabulary, operands.input_mut(input::TOKENS));
    stream(input::EMBEDDING).fill_small_f16(operands.input_mut(input::EMBEDDING));
    stream(input::NORMS).fill_about_one(operands.input_mut(input::NORMS));
    stream(input::WEIGHTS).fill_ternary(operands.input_mut(input::WEIGHTS));
    let scales = operands.input_mut::<f32>(input::SCALES);
    stream(input::SCALES).fill_about_one(scales);
    for layer in 0..model.layers {
        for linear in Linear::ALL {
            let (_, columns) = model.extents(linear);
            // Two of three weights are not 0. Both the division and the root are rounded once, everywhere.
            scales[model.scale(layer, linear)] *= (1.5 / columns as f32).sqrt();
        }
    }
}

/// The numbers of [`input::DIMENSIONS`].
fn dimensions(model: &Model, phase: Phase) -> [u32; DIMENSIONS] {
    let activation = match model.activation {
        Activation::SquaredRelu => 0,
        Activation::Silu => 1,
    };
    let (context, tokens, phase) = match phase {
        Phase::Load => (0, 0, 0),
        Phase::Prefill(tokens) => (0, tokens, 1),
        Phase::Decode(tokens) => (super::model::CONTEXT, tokens, 2),
    };
    let Model { width, layers, heads, kv_heads, feed_forward, vocabulary, .. } = *model;
    [width, layers, heads, kv_heads, feed_forward, activation, vocabulary, context, tokens, phase]
        .map(|number| u32::try_from(number).expect("a dimension is below 2^32"))
}

/// The bytes of each buffer of a shape.
pub(super) fn layout(shape: &Shape) -> Layout {
    let (model, phase) = Model::of(shape).expect("a case is of a shape that the kernel takes");
    let output = match phase {
        Phase::Load => model.rows(),
        Phase::Prefill(_) => model.vocabulary,
        Phase::Decode(tokens) => tokens * model.vocabulary,
    };
    Layout { inputs: model.input_bytes(phase), output: 4 * output, scratch: 0 }
}
