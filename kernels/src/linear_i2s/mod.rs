//! A ternary linear layer of `f32` activations, as a model calls it: they are quantised in the call, and meet the matrix then.
//!
//! `y[i] = (sum over j of w[i, j] * a[j]) / s_a * s_w`, with `a` and `s_a` as `quantize_act_i8` makes them of `x`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `w` | `[m, k / 4]` | u8 | rows of blocks of 32 bytes, 128 weights each, as `gemv_i2s` has them |
//! | `x` | `[k]` | f32 | contiguous |
//! | `s_w` | `[1]` | f32 | `absmax` of the weights |
//! | `y` | `[m]` | f32 | contiguous |
//!
//! `k` is a multiple of 128. Exact, for all bytes and all numbers, by the rules of both kernels: with a NaN or an infinity in `x`
//! every output is NaN, since `s_a` is; what is under `2^-119` throughout counts as zeros.
//!
//! Source: the linear layer of `BitNet` b1.58 (Ma et al., The Era of 1-bit LLMs, 2024), with weights as `I2_S` of bitnet.cpp.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod dotprod;
#[cfg(target_arch = "aarch64")]
mod i8mm;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    inputs::Stream,
    kernel::{Bound, Contract, Kernel, Profile, Reference, ShapeRow, ThroughputUnit, Work},
    operands::{Layout, Operands},
    quantize_act_i8,
    shape::{Extent, Shape},
    signature::variant,
    ternary::{self, BLOCK},
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "linear_i2s",
    summary: "ternary matrix times f32 vector, quantised in the call",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(shape.extent('m') * shape.extent('k') / 4),
    unit: ThroughputUnit::FlopsPerSecond,
    extents: &[Extent::any('m'), Extent { letter: 'k', multiple_of: BLOCK }],
    rows: &[ShapeRow { shape: "m4096k4096", vector: Some(Profile::Nightly), scalar: Some(Profile::Nightly) }],
    counted: &["m4096k4096"],
    layout: |shape| {
        let (m, k) = (shape.extent('m'), shape.extent('k'));
        // The codes of the activations.
        Layout { inputs: vec![m * k / 4, 4 * k, 4], output: 4 * m, scratch: k }
    },
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_ternary(operands.input_mut(0));
        Stream::new(seed, 1).fill_f32(operands.input_mut(1));
        Stream::new(seed, 2).fill_scales(operands.input_mut(2));
    },
    work: |shape| {
        let (m, k) = (shape.extent('m') as u64, shape.extent('k') as u64);
        Work { flops: 2 * m * k, bytes: m * k / 4 + 4 * k + 4 + 4 * m, elements: m * k, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, ternary_linear, |w, x, s_w, codes, y| scalar::linear),
        #[cfg(target_arch = "x86_64")]
        variant!(
            Avx2, packed_ternary_linear, |packed, x, s_w, codes, y| avx2::linear,
            scratch_bytes: ternary::scratch_bytes, prepare: Some(ternary::prepare)
        ),
        #[cfg(target_arch = "x86_64")]
        variant!(
            Avx512, packed_ternary_linear, |packed, x, s_w, codes, y| avx512::linear,
            scratch_bytes: ternary::scratch_bytes, prepare: Some(ternary::prepare)
        ),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, ternary_linear, |w, x, s_w, codes, y| neon::linear),
        #[cfg(target_arch = "aarch64")]
        variant!(Dotprod, ternary_linear, |w, x, s_w, codes, y| dotprod::linear),
        #[cfg(target_arch = "aarch64")]
        variant!(I8mm, ternary_linear, |w, x, s_w, codes, y| i8mm::linear),
    ],
};

#[expect(clippy::cast_precision_loss, reason = "rounded as the contract says")]
fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (m, k) = (shape.extent('m'), shape.extent('k'));
    let s_w = operands.input::<f32>(2)[0];
    let (s_a, codes) = quantize_act_i8::reference_codes(operands.input(1));
    let mut sums = ternary::reference_sums(operands.input(0), m, k, &codes);
    sums.resize(m, 0);
    Reference::exact(&sums.iter().map(|&sum| sum as f32 / s_a * s_w).collect::<Vec<_>>())
}
