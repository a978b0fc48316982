//! Rotary position embedding of the heads of a token: pairs of elements, each turned by an angle of its own.
//!
//! `y[i, j] = x[i, j] * c[j] - x[i, j + d/2] * s[j]`, `y[i, j + d/2] = x[i, j + d/2] * c[j] + x[i, j] * s[j]`, for
//! `j < d/2`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[h, d]` | f32 | `h` heads of `d` elements, contiguous |
//! | `c`, `s` | `[d/2]` | f32 | cosines and sines of the token's position times the frequency of each pair |
//! | `y` | `[h, d]` | f32 | as `x` |
//!
//! `d` is even. The two of a pair stand half a head apart ("`NeoX` style"), where both halves are whole registers, not
//! side by side as in the paper. An engine makes the table once a token, for all heads and layers.
//!
//! Error of each output: at most `2 * (EPSILON * (|p| + |q|) + 2^-149)`, where `p` and `q` are its two products,
//! rounded or not, and anything where `|p| + |q|` may leave the range of f32. A NaN or an infinity goes to both of a
//! pair, as the formula has it; subnormals are numbers like others.
//!
//! Source: Su et al., `RoFormer`: Enhanced Transformer with Rotary Position Embedding, 2021, section 3.4.2.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod scalar;

use crate::{
    agreement::sum_bound,
    inputs::Stream,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "rope_f32",
    summary: "rotary embedding of a token's heads",
    contract: Contract::Tolerance,
    bound: |shape, _| Bound::of_stream(8 * shape.extent('h') * shape.extent('d')),
    unit: ThroughputUnit::ElementsPerSecond,
    extents: &[Extent::any('h'), Extent { letter: 'd', multiple_of: 2 }],
    rows: &[
        ShapeRow { shape: "h32d128", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "h2048d128", vector: None, scalar: None },
    ],
    counted: &["h32d128"],
    layout: |shape| {
        let (h, d) = (shape.extent('h'), shape.extent('d'));
        Layout { inputs: vec![4 * h * d, 2 * d, 2 * d], output: 4 * h * d, scratch: 0 }
    },
    // The table too: the angles do not matter, and a platform's own cosine would make other bytes.
    fill: |_, operands, seed| (0..3).for_each(|at| Stream::new(seed, at as u64).fill_f32(operands.input_mut(at))),
    // Two multiplications and an addition an element.
    work: |shape| {
        let (h, d) = (shape.extent('h') as u64, shape.extent('d') as u64);
        Work { flops: 3 * h * d, bytes: 8 * h * d + 4 * d, elements: h * d, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, rotate, |x, table, y| scalar::rope),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, rotate, |x, table, y| avx2::rope),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, rotate, |x, table, y| avx512::rope),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, rotate, |x, table, y| neon::rope),
    ],
};

/// The cosines and sines of a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a> {
    /// The cosine for each pair.
    pub(crate) c: &'a [f32],
    /// The sine for each pair, as many.
    pub(crate) s: &'a [f32],
}

/// The heads: of each the halves of `x` and those of `y`.
#[inline]
fn heads<'a>(
    x: &'a [f32],
    y: &'a mut [f32],
    half: usize,
) -> impl Iterator<Item = ([&'a [f32]; 2], [&'a mut [f32]; 2])> {
    // Heads without elements are none; only a chunk may not be empty.
    let (x, y) = (x.chunks_exact((2 * half).max(1)), y.chunks_exact_mut((2 * half).max(1)));
    x.zip(y).map(move |(x, y)| (x.split_at(half).into(), y.split_at_mut(half).into()))
}

fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (d, half) = (shape.extent('d'), shape.extent('d') / 2);
    let at = |input: usize, place: usize| f64::from(operands.input::<f32>(input)[place]);
    let right = (0..operands.input::<f32>(0).len()).map(|place| {
        let (head, pair) = (place / d * d, place % d % half);
        let (first, second) = (at(0, head + pair), at(0, head + half + pair));
        let (cosine, sine) = (at(1, pair), at(2, pair));
        let is_first = place % d < half;
        let products = if is_first { [first * cosine, -second * sine] } else { [second * cosine, first * sine] };
        let magnitude = products.into_iter().filter(|product| product.is_finite()).map(f64::abs).sum();
        (products[0] + products[1], sum_bound(2, magnitude))
    });
    let (values, bounds) = right.unzip();
    Reference::Tolerance { values, bounds }
}
