//! With NEON, on canonical matrices.

use std::arch::aarch64::{
    int16x8_t, int32x4_t, uint8x16_t, vaddvq_s32, vandq_u8, vdupq_n_s16, vdupq_n_s32, vdupq_n_u8, vget_low_s8,
    vmlal_high_s8, vmlal_s8, vpadalq_s16, vreinterpretq_s8_u8, vshrq_n_u8,
};

use super::{BLOCK, BLOCK_BYTES, Scales, Vectors, by_gemv, rows, surplus};
use crate::lanes::neon::{load_i8, load_u8};

/// Products are added up in 16 bits: eight of at most 3 * 128 for each half of a block, then widened by pairs.
#[target_feature(enable = "neon")]
pub(crate) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let (a_blocks, _) = a.as_chunks::<BLOCK>();
    let surplus = surplus(a);
    for (row, y) in rows(w, a.len(), y) {
        let mut sums = [vdupq_n_s32(0); 2];
        for (w, a) in row.iter().zip(a_blocks) {
            sums = add_dot(sums, w, a);
        }
        *y = scales.apply(vaddvq_s32(sums[0]) + vaddvq_s32(sums[1]) - surplus);
    }
}

/// Vector by vector.
#[target_feature(enable = "neon")]
pub(crate) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    by_gemv(|w, a, scales, y| gemv(w, a, scales, y), w, vectors, s_w, y);
}

/// Adds the dot product of the codes of a block and its activations, each half to its own sums.
#[inline]
#[target_feature(enable = "neon")]
fn add_dot(mut sums: [int32x4_t; 2], w: &[u8; BLOCK_BYTES], a: &[i8; BLOCK]) -> [int32x4_t; 2] {
    let (w, _) = w.as_chunks::<16>();
    let (a, _) = a.as_chunks::<16>();
    for half in 0..2 {
        let codes = load_u8(&w[half]);
        let mut narrow = vdupq_n_s16(0);
        narrow = add_products(narrow, vshrq_n_u8::<6>(codes), &a[half]);
        narrow = add_products(narrow, vshrq_n_u8::<4>(codes), &a[2 + half]);
        narrow = add_products(narrow, vshrq_n_u8::<2>(codes), &a[4 + half]);
        narrow = add_products(narrow, codes, &a[6 + half]);
        sums[half] = vpadalq_s16(sums[half], narrow);
    }
    sums
}

/// Adds the products of the codes in the low bits and sixteen activations, two to a lane.
#[inline]
#[target_feature(enable = "neon")]
fn add_products(sums: int16x8_t, shifted: uint8x16_t, a: &[i8; 16]) -> int16x8_t {
    let codes = vreinterpretq_s8_u8(vandq_u8(shifted, vdupq_n_u8(3)));
    let a = load_i8(a);
    let sums = vmlal_s8(sums, vget_low_s8(codes), vget_low_s8(a));
    vmlal_high_s8(sums, codes, a)
}
