//! The dot product instructions of ARM, which stable Rust has no functions for.

use std::arch::{aarch64::int8x16_t, aarch64::int32x4_t, asm};

/// Adds to each lane the products of four pairs of bytes.
#[inline]
#[target_feature(enable = "neon,dotprod")]
pub(crate) fn add_dots(mut sums: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: it reads and writes the three registers, and the CPU has the instruction, as the function's features say.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {a:v}.16b, {b:v}.16b",
            sums = inout(vreg) sums, a = in(vreg) a, b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sums
}
