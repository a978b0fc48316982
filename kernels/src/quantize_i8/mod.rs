//! 8-bit codes of groups of elements, each group with a scale.
//!
//! `s[i] = max |x[i, j]| / 127`, `q[i, j] = round(x[i, j] * (127 / max |x[i, j]|))`
//!
//! | buffer | shape | type | layout |
//! |---|---|---|---|
//! | `x` | `[m, g]` | f32 | contiguous |
//! | `s` | `[m]` | f32 | first in the output |
//! | `q` | `[m, g]` | i8 | one a byte, behind `s` |
//!
//! `g` is a multiple of 32. The codes are -127 to 127, in two's complement.
//!
//! Exact: both quotients are rounded to f32, each product is rounded to f32, and then to an integer, always half to
//! even. A group with a NaN or an infinity has the scale NaN and the codes 0; one whose largest magnitude is under
//! `2^-119` has the scale 0 and the codes 0.
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
    id: "quantize_i8",
    summary: "8-bit codes of groups, a scale each",
    contract: Contract::Exact,
    bound: |shape, _| groups::bound(shape),
    unit: ThroughputUnit::ElementsPerSecond,
    extents: groups::EXTENTS,
    rows: groups::ROWS,
    counted: groups::COUNTED,
    layout: |shape| groups::quantizer_layout(shape, I8),
    fill: |_, operands, seed| Stream::new(seed, 0).fill_f32(operands.input_mut(0)),
    // A comparison, a product and a rounding each.
    work: |shape| groups::work(shape, I8, 3),
    reference: |shape, operands| groups::quantizer_reference(shape, operands, I8),
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
