//! A model of `decode_bitnet` as a file of the architecture `bitnet`, with weights of `TQ2_0`.

use kernels::decode_bitnet::model::{Activation, Linear, Model, Norm, Tensors};

use super::{BLOCK, Data, File, Value};

/// The model as a file; `None` where llama.cpp has no such model: its rows must be whole blocks of weights, and it has SiLU
/// alone between the halves of a feed-forward block.
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
