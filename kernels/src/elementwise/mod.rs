//! What the elementwise kernels share: `y[i] = op(a[i], b[i])`, one loop an ISA, with the operation as a closure.
//!
//! A closure made inside a `#[target_feature]` function has the features of that function, and so has the loop that
//! it is given to: it is compiled into the loop, as the same loop written three times would be.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use platforms::IsaLevel;

use crate::{
    inputs::Stream,
    kernel::{Bound, Reference, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
};

/// A vector of any length.
pub(crate) const EXTENTS: &[Extent] = &[Extent::any('n')];

/// `a`, `b` and `y`, `n` elements each.
pub(crate) fn layout(shape: &Shape) -> Layout {
    let bytes = 4 * shape.extent('n');
    Layout { inputs: vec![bytes; 2], output: bytes, scratch: 0 }
}

/// Fills `a` and `b`.
pub(crate) fn fill(_: &Shape, operands: &mut Operands<'_>, seed: u64) {
    for index in 0..2 {
        Stream::new(seed, index as u64).fill_f32(operands.input_mut(index));
    }
}

/// An operation an element.
pub(crate) fn work(shape: &Shape) -> Work {
    let n = shape.extent('n') as u64;
    Work { flops: n, bytes: 12 * n, elements: n, tokens: None }
}

/// Short vectors stay in the caches.
pub(crate) fn bound(shape: &Shape, _: IsaLevel) -> Bound {
    Bound::of_stream(12 * shape.extent('n'))
}

/// `op` of each pair, rounded once.
///
/// In `f64` a sum, difference or product of two `f32` loses so little that rounding it to `f32` gives what a single
/// rounding would have given (Figueroa, When is double rounding innocuous?, SIGNUM Newsletter 30, 1995).
#[expect(clippy::cast_possible_truncation, reason = "the one rounding that the contract asks for")]
pub(crate) fn reference(operands: &Operands<'_>, op: impl Fn(f64, f64) -> f64) -> Reference {
    let (a, b) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let y: Vec<f32> = a.iter().zip(b).map(|(&a, &b)| op(f64::from(a), f64::from(b)) as f32).collect();
    Reference::exact(&y)
}
