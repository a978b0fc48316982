//! With ARM's dot product instructions, on canonical matrices.

use std::arch::aarch64::{
    int8x16_t, int32x4_t, vaddq_s32, vaddvq_s32, vandq_u8, vdupq_n_s32, vdupq_n_u8, vreinterpretq_s8_u8, vshrq_n_s32,
    vshrq_n_u8,
};

use super::{
    BLOCK, BLOCK_BYTES, Scales, Vectors, surplus,
    tiles::{ROWS, Rows, VECTORS, by_tiles, rows_from},
};
use crate::lanes::{
    dotprod::add_dots,
    neon::{load_i8, load_u8},
};

/// Codes that stay where they are in their byte are multiplied as 16 and 4 times themselves, each place with a sum of
/// its own that is shifted at the end: sixteen chains over four rows, which hide what each instruction takes. Only
/// those in the top bits, which would be signed, are shifted before.
#[inline]
#[target_feature(enable = "neon,dotprod")]
pub(crate) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let (a_blocks, _) = a.as_chunks::<BLOCK>();
    let surplus = surplus(a);
    let (w, _) = w.as_chunks::<BLOCK_BYTES>();
    for (start, y) in (0..).step_by(ROWS).zip(y.chunks_mut(ROWS)) {
        let rows = rows_from(w, a_blocks.len(), start, start + y.len());
        let mut sums = [[vdupq_n_s32(0); 4]; ROWS];
        for (block, a) in a_blocks.iter().enumerate() {
            let (a, _) = a.as_chunks::<16>();
            for (sums, row) in sums.iter_mut().zip(rows) {
                for (half, codes) in row[block].as_chunks::<16>().0.iter().enumerate() {
                    let codes = load_u8(codes);
                    let masked = |mask| vreinterpretq_s8_u8(vandq_u8(codes, vdupq_n_u8(mask)));
                    sums[0] = add_dots(sums[0], vreinterpretq_s8_u8(vshrq_n_u8::<6>(codes)), load_i8(&a[half]));
                    sums[1] = add_dots(sums[1], masked(0b11_00_00), load_i8(&a[2 + half]));
                    sums[2] = add_dots(sums[2], masked(0b11_00), load_i8(&a[4 + half]));
                    sums[3] = add_dots(sums[3], masked(0b11), load_i8(&a[6 + half]));
                }
            }
        }
        for (y, [first, second, third, fourth]) in y.iter_mut().zip(sums) {
            // Whole multiples of 16 and of 4, so that the shifts lose nothing.
            let shifted = vaddq_s32(vshrq_n_s32::<4>(second), vshrq_n_s32::<2>(third));
            *y = scales.apply(vaddvq_s32(vaddq_s32(vaddq_s32(first, fourth), shifted)) - surplus);
        }
    }
}

/// Four rows and four vectors at a time: codes, once cut out of their bytes, meet four vectors, and activations four
/// rows.
#[inline]
#[target_feature(enable = "neon,dotprod")]
pub(crate) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    by_tiles(|rows, a| tile(rows, a), |w, a, scales, y| gemv(w, a, scales, y), w, vectors, s_w, y);
}

/// The sums of codes times activations, for each vector those of the rows.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn tile(rows: Rows<'_>, vectors: [&[i8]; VECTORS]) -> [[i32; ROWS]; VECTORS] {
    let mut sums = [[vdupq_n_s32(0); ROWS]; VECTORS];
    let a = vectors.map(|a| a.as_chunks::<BLOCK>().0);
    for block in 0..rows[0].len() {
        let rows = rows.map(|row| row[block].as_chunks::<16>().0);
        let a = a.map(|a| a[block].as_chunks::<16>().0);
        for half in 0..2 {
            let mut codes = [vdupq_n_u8(0); ROWS];
            for (codes, row) in codes.iter_mut().zip(rows) {
                *codes = load_u8(&row[half]);
            }
            let masked = |shifted| vreinterpretq_s8_u8(vandq_u8(shifted, vdupq_n_u8(3)));
            let [r0, r1, r2, r3] = codes;
            let s6 = |codes| vreinterpretq_s8_u8(vshrq_n_u8::<6>(codes));
            let s4 = |codes| masked(vshrq_n_u8::<4>(codes));
            let s2 = |codes| masked(vshrq_n_u8::<2>(codes));
            let places = [
                [s6(r0), s6(r1), s6(r2), s6(r3)],
                [s4(r0), s4(r1), s4(r2), s4(r3)],
                [s2(r0), s2(r1), s2(r2), s2(r3)],
                [masked(r0), masked(r1), masked(r2), masked(r3)],
            ];
            for (place, codes) in places.into_iter().enumerate() {
                for (sums, a) in sums.iter_mut().zip(a) {
                    *sums = add_to_all(*sums, codes, load_i8(&a[2 * place + half]));
                }
            }
        }
    }
    let mut all = [[0; ROWS]; VECTORS];
    for (all, sums) in all.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
        *all = vaddvq_s32(*sums);
    }
    all
}

/// Adds the products of each row's codes and the same activations.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_to_all(mut sums: [int32x4_t; ROWS], codes: [int8x16_t; ROWS], a: int8x16_t) -> [int32x4_t; ROWS] {
    for (sums, codes) in sums.iter_mut().zip(codes) {
        *sums = add_dots(*sums, codes, a);
    }
    sums
}
