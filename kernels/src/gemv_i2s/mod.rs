//! Product of a ternary matrix and a vector of 8-bit activations, the weights packed four to a byte (`I2_S`).
//!
//! `y[i] = (sum over j of w[i, j] * a[j]) / s_a * s_w`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `w` | `[m, k / 4]` | u8 | rows of blocks of 32 bytes, 128 weights each |
//! | `a` | `[k]` | i8 | contiguous |
//! | `s_a`, `s_w` | `[2]` | f32 | `127 / absmax` of the activations, `absmax` of the weights |
//! | `y` | `[m]` | f32 | contiguous |
//!
//! `k` is a multiple of 128. A weight of -1, 0 or 1 is stored as the code 0, 1 or 2; byte `p` of a block holds weights
//! `p`, `p + 32`, `p + 64` and `p + 96` in its bits 7:6, 5:4, 3:2 and 1:0. The code 3, which no weight has, counts as 2.
//!
//! Exact, for all bytes: the sum is of integers in 32 bits, which is enough for a `k` of four million; then it becomes
//! f32, is divided and multiplied, each rounded half to even. `0 / s_a * s_w` where `k` is 0.
//!
//! The codes are multiplied in place of the weights, since there are instructions for unsigned times signed, and the
//! sum of the activations is taken off at the end. What bitnet.cpp's loop does not see to: 16-bit sums overflow past 16
//! blocks (10 with the code 3), as with all weights 1, all activations 127 and a `k` of 4096.
//!
//! Source: `I2_S` of bitnet.cpp (Wang et al., Bitnet.cpp: Efficient Edge Inference for Ternary LLMs, 2025, section 3.2).

#[cfg(all(target_arch = "x86_64", not(feature = "slowed")))]
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
#[cfg(all(target_arch = "x86_64", feature = "slowed"))]
mod slowed;

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
    id: "gemv_i2s",
    summary: "ternary matrix times 8-bit vector",
    contract: Contract::Exact,
    bound: |shape, _| Bound::of_stream(shape.extent('m') * shape.extent('k') / 4),
    unit: ThroughputUnit::FlopsPerSecond,
    extents: &[Extent::any('m'), Extent { letter: 'k', multiple_of: BLOCK }],
    rows: &[
        ShapeRow { shape: "m4096k4096", vector: Some(Profile::Quick), scalar: Some(Profile::Nightly) },
        ShapeRow { shape: "m131072k4096", vector: Some(Profile::Nightly), scalar: None },
        ShapeRow { shape: "m1536k4096", vector: Some(Profile::Nightly), scalar: None },
        ShapeRow { shape: "m2560k6912", vector: Some(Profile::Nightly), scalar: None },
    ],
    counted: &["m4096k4096"],
    layout: |shape| {
        let (m, k) = (shape.extent('m'), shape.extent('k'));
        Layout { inputs: vec![m * k / 4, k, 8], output: 4 * m, scratch: 0 }
    },
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_ternary(operands.input_mut(0));
        Stream::new(seed, 1).fill_activations(operands.input_mut(1));
        Stream::new(seed, 2).fill_scales(operands.input_mut(2));
    },
    work: |shape| {
        let (m, k) = (shape.extent('m') as u64, shape.extent('k') as u64);
        Work { flops: 2 * m * k, bytes: m * k / 4 + k + 8 + 4 * m, elements: m * k, tokens: None }
    },
    reference,
    workload: None,
    variants: &[
        variant!(Scalar, ternary_times_vector, |w, a, scales, y| scalar::gemv),
        #[cfg(all(target_arch = "x86_64", not(feature = "slowed")))]
        variant!(
            Avx2, packed_ternary_times_vector, |packed, a, scales, y| avx2::gemv,
            scratch_bytes: ternary::scratch_bytes, prepare: Some(ternary::prepare)
        ),
        #[cfg(all(target_arch = "x86_64", feature = "slowed"))]
        variant!(
            Avx2, packed_ternary_times_vector, |packed, a, scales, y| slowed::gemv,
            scratch_bytes: ternary::scratch_bytes, prepare: Some(ternary::prepare)
        ),
        #[cfg(target_arch = "x86_64")]
        variant!(
            Avx512, packed_ternary_times_vector, |packed, a, scales, y| avx512::gemv,
            scratch_bytes: ternary::scratch_bytes, prepare: Some(ternary::prepare)
        ),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, ternary_times_vector, |w, a, scales, y| neon::gemv),
        #[cfg(target_arch = "aarch64")]
        variant!(Dotprod, ternary_times_vector, |w, a, scales, y| dotprod::gemv),
        #[cfg(target_arch = "aarch64")]
        variant!(I8mm, ternary_times_vector, |w, a, scales, y| i8mm::gemv),
    ],
};

#[expect(clippy::cast_precision_loss, reason = "rounded as the contract says")]
fn reference(shape: &Shape, operands: &Operands<'_>) -> Reference {
    let (m, k) = (shape.extent('m'), shape.extent('k'));
    let (w, a, scales) = (operands.input(0), operands.input(1), operands.input::<f32>(2));
    let mut sums = ternary::reference_sums(w, m, k, a);
    sums.resize(m, 0);
    Reference::exact(&sums.iter().map(|&sum| sum as f32 / scales[0] * scales[1]).collect::<Vec<_>>())
}
