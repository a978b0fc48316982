//! What the sums share: `y = sum over i of f(inputs[i])`, one loop an ISA, with `f` and the addition as a closure (see
//! `elementwise`).

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
#[cfg(target_arch = "x86_64")]
pub(crate) mod sse41;

use platforms::IsaLevel;

use crate::{
    kernel::{Bound, Work},
    operands::Layout,
    shape::Shape,
};

/// So many inputs of `n` elements, and `y` of one element.
pub(crate) fn layout(shape: &Shape, inputs: usize) -> Layout {
    Layout { inputs: vec![4 * shape.extent('n'); inputs], output: 4, scratch: 0 }
}

/// So many inputs, and so many operations an element.
pub(crate) fn work(shape: &Shape, inputs: u64, operations: u64) -> Work {
    let n = shape.extent('n') as u64;
    Work { flops: operations * n, bytes: 4 * inputs * n, elements: n, tokens: None }
}

/// Plain code waits for what the element before left, one after the other.
pub(crate) fn bound(shape: &Shape, isa: IsaLevel, inputs: usize) -> Bound {
    if isa == IsaLevel::Scalar { Bound::Latency } else { Bound::of_stream(4 * inputs * shape.extent('n')) }
}
