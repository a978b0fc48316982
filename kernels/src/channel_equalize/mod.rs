//! Channels of weights, scaled so that each has the range that its activations have (cross-layer equalisation).
//!
//! `s[i] = sqrt(max over j of abs(w[i, j]) / max over j of abs(x[i, j]))`, and `y[i, j] = w[i, j] / s[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `w`, `x` | `[c, f]` each | f32 | row-major, contiguous: a row a channel |
//! | `s` | `[c]` | f32 | the first of the output |
//! | `y` | `[c, f]` | f32 | row-major, contiguous, behind `s` |
//!
//! Exact: `s` by the steps and the table in `balance`, in f64 and rounded to f32 at the end; `y` is a division in f32, rounded half
//! to even. A channel with a NaN or an infinity in `w` or `x` has the `s` NaN, and so has all of its `y`. `s` is 1, and `y` is `w`,
//! where the row of `w` or that of `x` has nothing from `2^-119` on: the activations of a channel that was never alive say nothing
//! of its range, and a row of zeros has none to share. Neither the division nor `s` overflows.
//!
//! Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, ICCV 2019, section 4.1.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
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
    id: "channel_equalize",
    summary: "weights over the balance of each channel",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(12 * shape.extent('c') * shape.extent('f')),
    unit: ThroughputUnit::BytesPerSecond,
    extents: &[Extent::any('c'), Extent::any('f')],
    rows: &[
        ShapeRow { shape: "c256f512", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "c33f100", vector: None, scalar: None },
    ],
    counted: &["c256f512"],
    layout: |shape| {
        let (c, f) = (shape.extent('c'), shape.extent('f'));
        Layout { inputs: vec![4 * c * f, 4 * c * f], output: 4 * (c + c * f), scratch: 0 }
    },
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_f32(operands.input_mut(0));
        Stream::new(seed, 1).fill_f32(operands.input_mut(1));
    },
    work: |shape| {
        let (c, f) = (shape.extent('c') as u64, shape.extent('f') as u64);
        // A comparison of each weight and activation, and a division of each weight; a division and a root a channel.
        Work { flops: 3 * c * f + 2 * c, bytes: 4 * (3 * c * f + c), elements: c * f, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, equalize_channels, |w, x, channels, y| scalar::equalize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, equalize_channels, |w, x, channels, y| avx2::equalize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, equalize_channels, |w, x, channels, y| avx512::equalize),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, equalize_channels, |w, x, channels, y| neon::equalize),
    ],
};

/// How many channels a matrix has, and the elements of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channels {
    /// How many.
    pub(crate) count: usize,
    /// Elements of each.
    pub(crate) elements: usize,
}

impl Channels {
    /// Writes the factors and the weights, row by row, so that what is divided is still in the nearest cache.
    #[inline]
    fn equalize(
        self,
        w: &[f32],
        x: &[f32],
        y: &mut [f32],
        absmax: impl Fn(&[f32]) -> f32,
        divide: impl Fn(&[f32], f32, &mut [f32]),
    ) {
        let (factors, y) = y.split_at_mut(self.count);
        for (i, factor) in factors.iter_mut().enumerate() {
            let row = i * self.elements..(i + 1) * self.elements;
            let w = &w[row.clone()];
            *factor = balance::factor(absmax(w), absmax(&x[row.clone()]));
            divide(w, *factor, &mut y[row]);
        }
    }
}

fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (w, x) = (operands.input::<f32>(0), operands.input::<f32>(1));
    let (mut factors, mut y) = (Vec::new(), Vec::new());
    for channel in 0..shape.extent('c') {
        let of = |matrix: &'_ [f32]| -> Vec<f32> {
            (0..shape.extent('f')).map(|j| matrix[channel * shape.extent('f') + j]).collect()
        };
        let factor = balance::reference(&of(w), &of(x));
        factors.push(factor);
        y.extend(of(w).into_iter().map(|w| w / factor));
    }
    Reference::exact(&[factors, y].concat())
}
