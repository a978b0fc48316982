//! Numbers of groups of 4-bit codes, each group with a scale: what undoes `quantize_i4`.
//!
//! `x[i, j] = q[i, j] * s[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `s` | `[m]` | f32 | contiguous |
//! | `q` | `[m, g / 2]` | u8 | chunks of 16 bytes, 32 codes each |
//! | `x` | `[m, g]` | f32 | contiguous |
//!
//! `g` is a multiple of 32. The codes are stored 8 more than they are; byte `p` of a chunk holds elements `p` and
//! `p + 16` in its bits 3:0 and 7:4. The bits 0, which no quantiser writes, are the code -8.
//!
//! Exact: each product is rounded once, half to even. Scales may be anything: a scale of 0 gives zeros, with the sign
//! of the product, and a NaN gives NaNs, as an infinite scale does of the code 0.
//!
//! Source: the groups and the packing of ggml's `Q4_0`, with a scale in f32 that makes the codes symmetric.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    groups::{self, I4},
    inputs::Stream,
    kernel::{Contract, Kernel, ThroughputUnit},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "dequantize_i4",
    summary: "numbers of groups of 4-bit codes",
    contract: Contract::Exact,
    bound: |shape, _| groups::bound(shape),
    unit: ThroughputUnit::ElementsPerSecond,
    extents: groups::EXTENTS,
    rows: groups::ROWS,
    counted: groups::COUNTED,
    layout: |shape| groups::dequantizer_layout(shape, I4),
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_scales(operands.input_mut(0));
        Stream::new(seed, 1).fill_nibbles(operands.input_mut(1));
    },
    // A product each.
    work: |shape| groups::work(shape, I4, 1),
    reference: |shape, operands| groups::dequantizer_reference(shape, operands, I4),
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
