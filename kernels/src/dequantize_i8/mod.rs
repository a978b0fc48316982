//! Numbers of groups of 8-bit codes, each group with a scale: what undoes `quantize_i8`.
//!
//! `x[i, j] = q[i, j] * s[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `s` | `[m]` | f32 | contiguous |
//! | `q` | `[m, g]` | i8 | one a byte |
//! | `x` | `[m, g]` | f32 | contiguous |
//!
//! `g` is a multiple of 32. The codes are in two's complement. -128, which no quantiser writes, is what it says.
//!
//! Exact: each product is rounded once, half to even. Scales may be anything: a scale of 0 gives zeros, with the sign
//! of the product, and a NaN gives NaNs, as an infinite scale does of the code 0.
//!
//! Source: the groups of ggml's `Q8_0`, with the scale in f32 and ties to even.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    groups::{self, I8},
    inputs::Stream,
    kernel::{Contract, Kernel, ThroughputUnit},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "dequantize_i8",
    summary: "numbers of groups of 8-bit codes",
    contract: Contract::Exact,
    bound: |shape, _| groups::bound(shape),
    unit: ThroughputUnit::ElementsPerSecond,
    extents: groups::EXTENTS,
    rows: groups::ROWS,
    counted: groups::COUNTED,
    layout: |shape| groups::dequantizer_layout(shape, I8),
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_scales(operands.input_mut(0));
        Stream::new(seed, 1).fill_activations(operands.input_mut(1));
    },
    // A product each.
    work: |shape| groups::work(shape, I8, 1),
    reference: |shape, operands| groups::dequantizer_reference(shape, operands, I8),
    workload: None,
    variants: &[
        variant!(Scalar, dequantize_groups, |scales, codes, group, y| scalar::dequantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, dequantize_groups, |scales, codes, group, y| avx2::dequantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, dequantize_groups, |scales, codes, group, y| avx512::dequantize),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, dequantize_groups, |scales, codes, group, y| neon::dequantize),
    ],
};
