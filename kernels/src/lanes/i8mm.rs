//! The 8-bit matrix product instructions of ARM, which stable Rust has no functions for.

use std::arch::{
    aarch64::{int8x16_t, int32x4_t, uint8x16_t},
    asm,
};

/// Adds to each lane the products of four pairs of bytes, the first ones unsigned.
#[inline]
#[target_feature(enable = "neon,i8mm")]
pub(crate) fn add_mixed_dots(mut sums: int32x4_t, a: uint8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: it reads and writes the three registers, and the CPU has the instruction, as the function's features say.
    unsafe {
        asm!(
            "usdot {sums:v}.4s, {a:v}.16b, {b:v}.16b",
            sums = inout(vreg) sums, a = in(vreg) a, b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sums
}

/// Adds the product of a matrix of two rows of eight bytes, the first ones unsigned, and the transpose of another such:
/// rows 0 and 1 of the one with row 0, then row 1 of the other, in the order `[0][0], [0][1], [1][0], [1][1]`.
#[inline]
#[target_feature(enable = "neon,i8mm")]
pub(crate) fn add_product(mut sums: int32x4_t, a: uint8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: it reads and writes the three registers, and the CPU has the instruction, as the function's features say.
    unsafe {
        asm!(
            "usmmla {sums:v}.4s, {a:v}.16b, {b:v}.16b",
            sums = inout(vreg) sums, a = in(vreg) a, b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sums
}
