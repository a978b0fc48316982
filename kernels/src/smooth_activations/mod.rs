//! Activations with their outliers moved into the weights (`SmoothQuant`), half of the range to each side.
//!
//! `s[j] = sqrt(max over i of abs(x[i, j]) / max over k of abs(w[j, k]))`, `x'[i, j] = x[i, j] / s[j]` and
//! `w'[j, k] = w[j, k] * s[j]`, so that `x' * w'` is the product `x * w` that was
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[t, c]` | f32 | row-major, contiguous: a row a token, a column a channel |
//! | `w` | `[c, f]` | f32 | row-major, contiguous: a row a channel |
//! | `s` | `[c]` | f32 | the first of the output |
//! | `x'` | `[t, c]` | f32 | row-major, contiguous, behind `s` |
//! | `w'` | `[c, f]` | f32 | row-major, contiguous, behind `x'` |
//!
//! Exact: `s` by the steps and the table in `balance`, in f64 and rounded to f32 at the end; the division and the multiplication are
//! in f32, rounded half to even. A channel with a NaN or an infinity in `x` or `w` has the `s` NaN, and so has all of its `x'` and
//! `w'`. `s` is 1, and the channel is left as it is, where its column of `x` or its row of `w` has nothing from `2^-119` on.
//!
//! There is no AVX-512 variant: the operands come from the third cache, and on Zen 4 sixteen lanes took 46.2 us where eight take
//! 42.0 (t256c512f512); with the search for the largest in eight lanes it was a tie.
//!
//! Source: Xiao et al., `SmoothQuant`: Accurate and Efficient Post-Training Quantization for Large Language Models, ICML 2023,
//! equation 4 with a migration strength of 1/2.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    balance,
    inputs::Stream,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    shape::{Extent, Shape},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "smooth_activations",
    summary: "activations over the balance with their weights",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(usize::try_from(work(shape).bytes).unwrap_or(usize::MAX)),
    unit: ThroughputUnit::BytesPerSecond,
    extents: &[Extent::any('t'), Extent::any('c'), Extent::any('f')],
    rows: &[
        ShapeRow { shape: "t256c512f512", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "t33c100f36", vector: None, scalar: None },
    ],
    counted: &["t256c512f512"],
    layout: |shape| {
        let (t, c, f) = (shape.extent('t'), shape.extent('c'), shape.extent('f'));
        Layout { inputs: vec![4 * t * c, 4 * c * f], output: 4 * (c + t * c + c * f), scratch: 0 }
    },
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_f32(operands.input_mut(0));
        Stream::new(seed, 1).fill_f32(operands.input_mut(1));
    },
    work,
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, smooth_channels, |pair, y| scalar::smooth),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, smooth_channels, |pair, y| avx2::smooth),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, smooth_channels, |pair, y| neon::smooth),
    ],
};

/// A comparison and a scaling of each element; a division and a root a channel.
fn work(shape: &Shape) -> Work {
    let (t, c, f) = (shape.extent('t') as u64, shape.extent('c') as u64, shape.extent('f') as u64);
    let elements = t * c + c * f;
    Work { flops: 2 * elements + 2 * c, bytes: 8 * elements + 4 * c, elements, tokens: None }
}

/// Activations and the weights that they are multiplied by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    /// The activations, a row a token.
    pub(crate) x: &'a [f32],
    /// The weights, a row a channel.
    pub(crate) w: &'a [f32],
    /// How many tokens.
    pub(crate) tokens: usize,
    /// How many channels.
    pub(crate) channels: usize,
    /// Outputs of the weights, elements of a row.
    pub(crate) features: usize,
}

impl Pair<'_> {
    /// Writes the factors, the activations and the weights: the largest of each column first, in the place of its factor; then
    /// each row of weights, which is still in the nearest cache when it is multiplied; then the activations, by rows.
    #[inline]
    fn smooth(
        self,
        y: &mut [f32],
        absmax_columns: impl Fn(&[f32], &mut [f32]),
        absmax: impl Fn(&[f32]) -> f32,
        divide: impl Fn([&[f32]; 2], &mut [f32]),
        multiply: impl Fn(&[f32], f32, &mut [f32]),
    ) {
        let Self { x, w, tokens, channels, features } = self;
        let (factors, y) = y.split_at_mut(channels);
        let (x_smooth, w_smooth) = y.split_at_mut(tokens * channels);
        absmax_columns(&x[..tokens * channels], factors);
        for (j, factor) in factors.iter_mut().enumerate() {
            let row = j * features..(j + 1) * features;
            let w = &w[row.clone()];
            *factor = balance::factor(*factor, absmax(w));
            multiply(w, *factor, &mut w_smooth[row]);
        }
        for i in 0..tokens {
            let row = i * channels..(i + 1) * channels;
            divide([&x[row.clone()], factors], &mut x_smooth[row]);
        }
    }
}

fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (channels, features) = (shape.extent('c'), shape.extent('f'));
    let (x, w) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let column = |channel: usize| x.iter().copied().skip(channel).step_by(channels.max(1)).collect::<Vec<_>>();
    let row = |channel: usize| &w[channel * features..][..features];
    let factors: Vec<f32> = (0..channels).map(|j| balance::reference(&column(j), row(j))).collect();
    let x_smooth = x.iter().enumerate().map(|(place, x)| x / factors[place % channels]);
    let w_smooth = w.iter().enumerate().map(|(place, w)| w * factors[place / features]);
    Reference::exact(&factors.iter().copied().chain(x_smooth).chain(w_smooth).collect::<Vec<_>>())
}
