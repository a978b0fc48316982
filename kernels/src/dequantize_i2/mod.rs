//! Numbers of groups of ternary codes, each group with a scale: what undoes `quantize_i2`.
//!
//! `x[i, j] = q[i, j] * s[i]`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `s` | `[m]` | f32 | contiguous |
//! | `q` | `[m, g / 4]` | u8 | chunks of 8 bytes, 32 codes each |
//! | `x` | `[m, g]` | f32 | contiguous |
//!
//! `g` is a multiple of 32. The codes are stored 1 more than they are; byte `p` of a chunk holds elements `p`, `p + 8`,
//! `p + 16` and `p + 24` in its bits 1:0, 3:2, 5:4 and 7:6. The bits 3, which no quantiser writes, are the code 2.
//!
//! Exact: each product is rounded once, half to even. Scales may be anything: a scale of 0 gives zeros, with the sign
//! of the product, and a NaN gives NaNs, as an infinite scale does of the code 0.
//!
//! Source: the ternary groups of ggml's `TQ2_0`, of any multiple of 32 elements in place of 256, with a scale in f32.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::{
    groups::{self, I2},
    inputs::Stream,
    kernel::{Contract, Kernel, ThroughputUnit},
    signature::variant,
};

/// The registry's row.
pub(crate) static KERNEL: Kernel = Kernel {
    id: "dequantize_i2",
    summary: "numbers of groups of ternary codes",
    contract: Contract::Exact,
    bound: |shape, _| groups::bound(shape),
    unit: ThroughputUnit::ElementsPerSecond,
    extents: groups::EXTENTS,
    rows: groups::ROWS,
    counted: groups::COUNTED,
    layout: |shape| groups::dequantizer_layout(shape, I2),
    fill: |_, operands, seed| {
        Stream::new(seed, 0).fill_scales(operands.input_mut(0));
        Stream::new(seed, 1).fill_ternary(operands.input_mut(1));
    },
    // A product each.
    work: |shape| groups::work(shape, I2, 1),
    reference: |shape, operands| groups::dequantizer_reference(shape, operands, I2),
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
