//! Product of a ternary matrix and a batch of vectors of 8-bit activations, the weights packed four to a byte (`I2_S`).
//!
//! `y[v, i] = (sum over j of w[i, j] * a[v, j]) / s_a[v] * s_w`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `w` | `[m, k / 4]` | u8 | as `gemv_i2s` has them |
//! | `a` | `[b, k]` | i8 | row-major, contiguous: one vector behind the other |
//! | `s_a`, `s_w` | `[b + 1]` | f32 | `127 / absmax` of each vector of activations, then `absmax` of the weights |
//! | `y` | `[b, m]` | f32 | row-major, contiguous |
//!
//! `k` is a multiple of 128. Each vector gives what `gemv_i2s` gives: exact, for all bytes, and with the same roundings.
//!
//! What is gained over as many vectors by themselves: weights come from memory once for 64 vectors, and their codes are cut
//! out of the bytes once for several.
//!
//! Source: as `gemv_i2s`; the prefill of `BitNet` b1.58 (Ma et al., The Era of 1-bit LLMs, 2024, section 2).

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
    shape::{Extent, Shape},
    signature::variant,
    ternary::{self, BLOCK},
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "gemm_i2s",
    summary: "ternary matrix times a batch of 8-bit vectors",
    contract: Contract::Exact,
    bound: |_, _| Bound::Throughput,
    unit: ThroughputUnit::FlopsPerSecond,
    extents: &[Extent::any('b'), Extent::any('m'), Extent { letter: 'k', multiple_of: BLOCK }],
    rows: &[
        ShapeRow { shape: "b8m4096k4096", vector: Some(Profile::Nightly), scalar: None },
        ShapeRow { shape: "b64m4096k4096", vector: Some(Profile::Nightly), scalar: None },
    ],
    counted: &["b8m4096k4096"],
    layout: |shape| {
        let (b, m, k) = (shape.extent('b'), shape.extent('m'), shape.extent('k'));
        Layout { inputs: vec![m * k / 4, b * k, 4 * (b + 1)], output: 4 * b * m, scratch: 0 }
    },
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_ternary(operands.input_mut(0));
        Stream::new(seed, 1).fill_activations(operands.input_mut(1));
        Stream::new(seed, 2).fill_scales(operands.input_mut(2));
    },
    work: |shape| {
        let (b, m, k) = (shape.extent('b') as u64, shape.extent('m') as u64, shape.extent('k') as u64);
        Work { flops: 2 * b * m * k, bytes: m * k / 4 + b * k + 4 * (b + 1) + 4 * b * m, elements: m * k, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, ternary_times_vectors, |w, vectors, s_w, y| scalar::gemm),
        #[cfg(target_arch = "x86_64")]
        variant!(
            Avx2, packed_ternary_times_vectors, |packed, vectors, s_w, y| avx2::gemm,
            scratch_bytes: ternary::scratch_bytes, prepare: Some(ternary::prepare)
        ),
        #[cfg(target_arch = "x86_64")]
        variant!(
            Avx512, packed_ternary_times_vectors, |packed, vectors, s_w, y| avx512::gemm,
            scratch_bytes: ternary::scratch_bytes, prepare: Some(ternary::prepare)
        ),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, ternary_times_vectors, |w, vectors, s_w, y| neon::gemm),
        #[cfg(target_arch = "aarch64")]
        variant!(Dotprod, ternary_times_vectors, |w, vectors, s_w, y| dotprod::gemm),
        #[cfg(target_arch = "aarch64")]
        variant!(I8mm, ternary_times_vectors, |w, vectors, s_w, y| i8mm::gemm),
    ],
};

#[expect(clippy::cast_precision_loss, reason = "rounded as the contract says")]
fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (vectors, m, k) = (shape.extent('b'), shape.extent('m'), shape.extent('k'));
    let mut sums = ternary::reference_sums(operands.input(0), m, k, operands.input(1));
    sums.resize(vectors * m, 0);
    let (s_a, s_w) = operands.input::<f32>(2).split_at(vectors);
    let output = |(at, &sum): (usize, &i64)| sum as f32 / s_a[at / m] * s_w[0];
    Reference::exact(&sums.iter().enumerate().map(output).collect::<Vec<_>>())
}
