//! What the elementwise kernels share: `y[i] = op(inputs[i])`, one loop an ISA, with the operation as a closure.
//!
//! A closure made inside a `#[target_feature]` function has the features of that function, and so has the loop that
//! it is given to: it is compiled into the loop, as the same loop written ten times would be. The inputs are an array,
//! so that the loop is the same for one and for two.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;
#[cfg(target_arch = "x86_64")]
pub(crate) mod streaming;

use std::iter;

use crate::{
    inputs::Stream,
    kernel::{Bound, Reference, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
};

/// A vector of any length.
pub(crate) const EXTENTS: &[Extent] = &[Extent::any('n')];

/// So many inputs of `n` elements, then one of `parameters` elements where there are any, and `y` of `n` elements.
pub(crate) fn layout(shape: &Shape, inputs: usize, parameters: usize) -> Layout {
    let bytes = 4 * shape.extent('n');
    let parameters = (parameters > 0).then_some(4 * parameters);
    Layout { inputs: iter::repeat_n(bytes, inputs).chain(parameters).collect(), output: bytes, scratch: 0 }
}

/// Fills each input.
pub(crate) fn fill(_: &Shape, operands: &mut Operands<'_>, seed: u64) {
    for index in 0..operands.input_bytes().count() {
        Stream::new(seed, index as u64).fill_f32(operands.input_mut(index));
    }
}

/// So many inputs, and so many operations an element.
pub(crate) fn work(shape: &Shape, inputs: u64, operations: u64) -> Work {
    let n = shape.extent('n') as u64;
    Work { flops: operations * n, bytes: 4 * (inputs + 1) * n, elements: n, tokens: None }
}

/// Short vectors stay in the caches.
pub(crate) fn bound(shape: &Shape, inputs: usize) -> Bound {
    Bound::of_stream(4 * (inputs + 1) * shape.extent('n'))
}

/// `op` of each element of the first input, rounded once.
///
/// In `f64` a sum, difference, product, quotient or square root of `f32` loses so little that rounding it to `f32`
/// gives what a single rounding would have given (Figueroa, When is double rounding innocuous?, SIGNUM Newsletter 30,
/// 1995).
#[expect(clippy::cast_possible_truncation, reason = "the one rounding that the contract asks for")]
pub(crate) fn reference(operands: &Operands<'_>, op: impl Fn(f64) -> f64) -> Reference {
    let y: Vec<f32> = operands.input::<f32>(0).iter().map(|&a| op(f64::from(a)) as f32).collect();
    Reference::exact(&y)
}

/// `op` of each pair of the first two inputs, rounded once, as in [`reference`].
#[expect(clippy::cast_possible_truncation, reason = "the one rounding that the contract asks for")]
pub(crate) fn reference_of_pairs(operands: &Operands<'_>, op: impl Fn(f64, f64) -> f64) -> Reference {
    let (a, b) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let y: Vec<f32> = a.iter().zip(b).map(|(&a, &b)| op(f64::from(a), f64::from(b)) as f32).collect();
    Reference::exact(&y)
}
