//! The file of a model: its tensors by name, as `safetensors` has them, and its dimensions beside them.

use std::{borrow::Cow, collections::HashMap};

use safetensors::{Dtype, SafeTensorError, SafeTensors, View};

use super::{
    model::{Activation, Linear, Model, Norm, Phase, input},
    of,
};
use crate::{kernel::FileFormat, operands::Operands, shape::Shape};

/// The file that loading begins with.
pub(super) const FILE: FileFormat = FileFormat { write, read };

/// The entry beside the tensors that has the dimensions: one, since several would stand in another order each time.
const MODEL: &str = "model";

/// A tensor of the file, and the bytes of an input that it is.
struct Tensor {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    input: usize,
    start: usize,
}

impl Tensor {
    fn bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.bitsize() / 8
    }
}

/// All tensors of a model.
fn tensors(model: &Model) -> Vec<Tensor> {
    let norm = |name: String, range: std::ops::Range<usize>| {
        let shape = vec![range.len()];
        Tensor { name, dtype: Dtype::F32, shape, input: input::NORMS, start: 4 * range.start }
    };
    let mut all = vec![
        Tensor {
            name: "embedding.weight".to_owned(),
            dtype: Dtype::F16,
            shape: vec![model.vocabulary, model.width],
            input: input::EMBEDDING,
            start: 0,
        },
        norm("norm.weight".to_owned(), model.last_norm()),
    ];
    for layer in 0..model.layers {
        for of in Norm::ALL {
            all.push(norm(format!("blocks.{layer}.{}.weight", norm_name(of)), model.norm(layer, of)));
        }
        for linear in Linear::ALL {
            let (rows, columns) = model.extents(linear);
            let name = format!("blocks.{layer}.{}", linear_name(linear));
            all.push(Tensor {
                name: format!("{name}.weight"),
                dtype: Dtype::U8,
                shape: vec![rows, columns / 4],
                input: input::WEIGHTS,
                start: model.weights(layer, linear).start,
            });
            all.push(Tensor {
                name: format!("{name}.scale"),
                dtype: Dtype::F32,
                shape: vec![1],
                input: input::SCALES,
                start: 4 * model.scale(layer, linear),
            });
        }
    }
    all
}

const fn norm_name(norm: Norm) -> &'static str {
    match norm {
        Norm::Attention => "attention.norm",
        Norm::AttentionOutput => "attention.output_norm",
        Norm::FeedForward => "feed_forward.norm",
        Norm::FeedForwardOutput => "feed_forward.output_norm",
    }
}

const fn linear_name(linear: Linear) -> &'static str {
    match linear {
        Linear::Q => "attention.q",
        Linear::K => "attention.k",
        Linear::V => "attention.v",
        Linear::Output => "attention.output",
        Linear::Gate => "feed_forward.gate",
        Linear::Up => "feed_forward.up",
        Linear::Down => "feed_forward.down",
    }
}

/// What stands beside the tensors.
fn dimensions(model: &Model) -> [(&'static str, String); 7] {
    let activation = match model.activation {
        Activation::SquaredRelu => "squared_relu",
        Activation::Silu => "silu",
    };
    [
        ("width", model.width.to_string()),
        ("layers", model.layers.to_string()),
        ("heads", model.heads.to_string()),
        ("kv_heads", model.kv_heads.to_string()),
        ("feed_forward", model.feed_forward.to_string()),
        ("activation", activation.to_owned()),
        ("vocabulary", model.vocabulary.to_string()),
    ]
}

/// A tensor with its bytes, on its way into a file.
struct Written<'a>(&'a Tensor, &'a [u8]);

impl View for Written<'_> {
    fn dtype(&self) -> Dtype {
        self.0.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.1.into()
    }

    fn data_len(&self) -> usize {
        self.1.len()
    }
}

/// The inputs as the bytes of a file.
fn write(shape: &Shape, operands: &Operands<'_>) -> Vec<u8> {
    let (model, _) = of(shape);
    let tensors = tensors(&model);
    let views = tensors.iter().map(|tensor| {
        let bytes = &operands.input::<u8>(tensor.input)[tensor.start..][..tensor.bytes()];
        (tensor.name.as_str(), Written(tensor, bytes))
    });
    let model = dimensions(&model).map(|(name, value)| format!("{name}={value}")).join(" ");
    let metadata = HashMap::from([(MODEL.to_owned(), model)]);
    safetensors::serialize(views, Some(metadata)).expect("names are distinct, and bytes as many as shapes say")
}

/// The inputs from the bytes of a file, every tensor of it checked before the first is taken.
fn read(shape: &Shape, bytes: &[u8], operands: &mut Operands<'_>) -> Result<(), String> {
    let (model, phase) = of(shape);
    debug_assert_eq!(phase, Phase::Load, "only loading begins with a file");
    let file = SafeTensors::deserialize(bytes).map_err(|error| unreadable(&error, bytes.len()))?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| unreadable(&error, bytes.len()))?;
    let found = header.metadata().as_ref().and_then(|metadata| metadata.get(MODEL)).map_or("", String::as_str);
    let pairs = || found.split(' ').filter_map(|pair| pair.split_once('='));
    for (name, expected) in dimensions(&model) {
        let (_, found) = pairs().find(|pair| pair.0 == name).ok_or_else(|| format!("{name} is missing"))?;
        if found != expected {
            return Err(format!("{name} is {found}, expected {expected}"));
        }
    }
    let tensors = tensors(&model);
    let mut views = Vec::with_capacity(tensors.len());
    for tensor in &tensors {
        let Tensor { name, dtype, shape, .. } = tensor;
        let view = file.tensor(name).map_err(|_| format!("the tensor {name} is missing"))?;
        if view.dtype() != *dtype {
            return Err(format!("the tensor {name} is of {:?}, expected {dtype:?}", view.dtype()));
        }
        if view.shape() != shape {
            return Err(format!("the tensor {name} has the shape {:?}, expected {shape:?}", view.shape()));
        }
        views.push(view);
    }
    if file.len() > tensors.len()
        && let Some(foreign) = file.names().into_iter().find(|name| tensors.iter().all(|tensor| tensor.name != **name))
    {
        return Err(format!("the tensor {foreign} is of no such model"));
    }
    for (tensor, view) in tensors.iter().zip(views) {
        operands.input_mut::<u8>(tensor.input)[tensor.start..][..tensor.bytes()].copy_from_slice(view.data());
    }
    Ok(())
}

/// Why bytes are no file of tensors.
fn unreadable(error: &SafeTensorError, bytes: usize) -> String {
    match error {
        SafeTensorError::MetadataIncompleteBuffer => {
            format!("the file has {bytes} bytes, which are not as many as its tensors say: it is cut off, or too long")
        }
        other => format!("it is no file of safetensors: {other}"),
    }
}
