//! Ternary codes of groups of elements, each group with a scale.
//!
//! `s[i] = max |x[i, j]| / 1`, `q[i, j] = round(x[i, j] * (1 / max |x[i, j]|))`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[m, g]` | f32 | contiguous |
//! | `s` | `[m]` | f32 | first in the output |
//! | `q` | `[m, g / 4]` | u8 | chunks of 8 bytes, 32 codes each, behind `s` |
//!
//! `g` is a multiple of 32. The codes are -1, 0 and 1, and stored as 0, 1 and 2. Byte `p` of a chunk holds elements
//! `p`, `p + 8`, `p + 16` and `p + 24` in its bits 1:0, 3:2, 5:4 and 7:6. A magnitude of just half the largest becomes
//! 0.
//!
//! Exact: both quotients are rounded to f32, each product is rounded to f32, and then to an integer, always half to
//! even. A group with a NaN or an infinity has the scale NaN and the codes 0; one whose largest magnitude is under
//! `2^-119` has the scale 0 and the codes 0.
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
    id: "quantize_i2",
    summary: "ternary codes of groups, a scale each",
    contract: Contract::Exact,
    bound: |shape, _| groups::bound(shape),
    unit: ThroughputUnit::ElementsPerSecond,
    extents: groups::EXTENTS,
    rows: groups::ROWS,
    counted: groups::COUNTED,
    layout: |shape| groups::quantizer_layout(shape, I2),
    fill: |_, operands, seed| Stream::new(seed, 0).fill_f32(operands.input_mut(0)),
    // A comparison, a product and a rounding each.
    work: |shape| groups::work(shape, I2, 3),
    reference: |shape, operands| groups::quantizer_reference(shape, operands, I2),
    workload: None,
    variants: &[
        variant!(Scalar, quantize_groups, |x, group, scales, codes| scalar::quantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx2, quantize_groups, |x, group, scales, codes| avx2::quantize),
        #[cfg(target_arch = "x86_64")]
        variant!(Avx512, quantize_groups, |x, group, scales, codes| avx512::quantize),
        #[cfg(target_arch = "aarch64")]
        variant!(Neon, quantize_groups, |x, group, scales, codes| neon::quantize),
    ],
};
