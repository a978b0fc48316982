//! A model of `decode_bitnet` as a file of the architecture `bitnet`, with weights of `TQ2_0`.

use kernels::decode_bitnet::model::{Activation, Linear, Model, Norm, Tensors};

use super::{BLOCK, Data, File, Value};

/// The model as a file; `None` where llama.cpp has no such model: its rows must be whole blocks of weights, and it has
/// `SiLU` alone between the halves of a feed-forward block.
#[must_use]
pub fn file<'a>(tensors: &Tensors<'a>) -> Option<File<'a>> {
    let model = &tensors.model;
    let is_whole = |linear| model.extents(linear).1.is_multiple_of(BLOCK);
    if model.activation != Activation::Silu || !Linear::ALL.into_iter().all(is_whole) {
        return None;
    }
    let mut file = File::default();
    describe(model, &mut file)?;
    file.push("token_embd.weight", &[model.width, model.vocabulary], Data::F16(tensors.embedding));
    file.push("output_norm.weight", &[model.width], Data::F32(&tensors.norms[model.last_norm()]));
    for layer in 0..model.layers {
        for norm in Norm::ALL {
            let weights = tensors.norm(layer, norm);
            file.push(&format!("blk.{layer}.{}.weight", norm_name(norm)), &[weights.len()], Data::F32(weights));
        }
        for linear in Linear::ALL {
            let (rows, columns) = model.extents(linear);
            let (packed, scale) = tensors.linear(layer, linear);
            let data = Data::Ternary { packed, scale };
            file.push(&format!("blk.{layer}.{}.weight", linear_name(linear)), &[columns, rows], data);
        }
    }
    Some(file)
}

/// What llama.cpp must know of the model besides its tensors; `None` where a dimension does not fit.
fn describe(model: &Model, file: &mut File<'_>) -> Option<()> {
    /// More than any phase feeds. It asks for it, and does nothing else with it here.
    const CONTEXT_MOST: u32 = 4096;
    let text = |text: &str| Value::Text(text.to_owned());
    file.set("general.architecture", text("bitnet"));
    // A model without words for its tokens.
    file.set("tokenizer.ggml.model", text("none"));
    for (key, number) in [
        ("vocab_size", model.vocabulary),
        ("embedding_length", model.width),
        ("block_count", model.layers),
        ("feed_forward_length", model.feed_forward),
        ("attention.head_count", model.heads),
        ("attention.head_count_kv", model.kv_heads),
    ] {
        file.set(&format!("bitnet.{key}"), Value::U32(u32::try_from(number).ok()?));
    }
    file.set("bitnet.context_length", Value::U32(CONTEXT_MOST));
    file.set("bitnet.attention.layer_norm_rms_epsilon", Value::F32(EPSILON));
    file.set("bitnet.rope.freq_base", Value::F32(ROPE_BASE));
    Some(())
}

/// What the norms have under the root.
const EPSILON: f32 = 1e-5;

/// The base of the rotary embedding's frequencies.
const ROPE_BASE: f32 = 10_000.0;

const fn norm_name(norm: Norm) -> &'static str {
    match norm {
        Norm::Attention => "attn_norm",
        Norm::AttentionOutput => "attn_sub_norm",
        Norm::FeedForward => "ffn_norm",
        Norm::FeedForwardOutput => "ffn_sub_norm",
    }
}

const fn linear_name(linear: Linear) -> &'static str {
    match linear {
        Linear::Q => "attn_q",
        Linear::K => "attn_k",
        Linear::V => "attn_v",
        Linear::Output => "attn_output",
        Linear::Gate => "ffn_gate",
        Linear::Up => "ffn_up",
        Linear::Down => "ffn_down",
    }
}

#[cfg(test)]
mod tests {
    use kernels::{
        decode_bitnet::model::{Phase, input},
        operands::{Arena, Layout, Operands},
    };

    use super::*;

    /// Two blocks, of which all rows are whole, and heads that share keys.
    const MODEL: Model = Model {
        width: 256,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        feed_forward: 512,
        activation: Activation::Silu,
        vocabulary: 12,
    };

    /// What `look` sees of the file of a model.
    fn with_file<T>(model: Model, look: impl FnOnce(Option<File<'_>>) -> T) -> T {
        let layout = Layout { inputs: model.input_bytes(Phase::Load), output: 0, scratch: 0 };
        let mut arena = Arena::new(layout.arena_bytes());
        let mut operands = Operands::place(&layout, arena.bytes_mut());
        for (place, scale) in operands.input_mut::<f32>(input::SCALES).iter_mut().enumerate() {
            *scale = 1.0 + place as f32;
        }
        look(file(&Tensors::of_operands(model, &operands)))
    }

    #[test]
    fn every_tensor_of_the_model_is_in_the_file_once() {
        with_file(MODEL, |file| {
            let file = file.unwrap();
            let mut names: Vec<&str> = file.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
            assert_eq!(names.len(), 2 + MODEL.layers * (Norm::ALL.len() + Linear::ALL.len()));
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), file.tensors.len());
            let elements: usize = file.tensors.iter().map(|tensor| tensor.data.elements()).sum();
            let weights = MODEL.layers * MODEL.layer_weights();
            assert_eq!(elements, MODEL.vocabulary * MODEL.width + MODEL.last_norm().end + weights);
        });
    }

    #[test]
    fn a_matrix_has_its_columns_first_and_its_own_scale() {
        with_file(MODEL, |file| {
            let file = file.unwrap();
            let tensor = file.tensors.iter().find(|tensor| tensor.name == "blk.1.ffn_down.weight").unwrap();
            assert_eq!(tensor.extents, [512, 256]);
            assert!(matches!(tensor.data, Data::Ternary { scale: 14.0, .. }), "{tensor:?}");
        });
    }

    #[test]
    fn a_model_without_whole_blocks_or_with_another_activation_has_no_file() {
        for model in [
            Model { width: 128, ..MODEL },
            Model { feed_forward: 384, ..MODEL },
            Model { activation: Activation::SquaredRelu, ..MODEL },
        ] {
            assert!(with_file(model, |file| file.is_none()), "{model:?}");
        }
    }
}
