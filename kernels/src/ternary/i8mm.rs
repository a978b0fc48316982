//! With ARM's 8-bit matrix product instructions, on canonical matrices.

use std::arch::aarch64::{
    int8x16_t, int32x4_t, uint8x16_t, vaddq_s32, vaddvq_s32, vandq_u8, vdupq_n_s32, vdupq_n_u8, vgetq_lane_s32,
    vreinterpretq_s8_s64, vreinterpretq_s64_s8, vreinterpretq_u8_u64, vreinterpretq_u64_u8, vshrq_n_s32, vshrq_n_u8,
    vzip1q_s64, vzip1q_u64, vzip2q_s64, vzip2q_u64,
};

use super::{
    BLOCK, BLOCK_BYTES, Scales, Vectors, dotprod, surplus,
    tiles::{ROWS, Rows, VECTORS, by_tiles, rows_from},
};
use crate::lanes::{
    i8mm::{add_mixed_dots, add_product},
    neon::{load_i8, load_u8},
};

/// As with the dot product instructions, but codes are unsigned here. A matrix product would be half empty with one
/// vector.
#[inline]
#[target_feature(enable = "neon,dotprod,i8mm")]
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
                    let masked = |mask| vandq_u8(codes, vdupq_n_u8(mask));
                    sums[0] = add_mixed_dots(sums[0], vshrq_n_u8::<6>(codes), load_i8(&a[half]));
                    sums[1] = add_mixed_dots(sums[1], masked(0b11_00_00), load_i8(&a[2 + half]));
                    sums[2] = add_mixed_dots(sums[2], masked(0b11_00), load_i8(&a[4 + half]));
                    sums[3] = add_mixed_dots(sums[3], masked(0b11), load_i8(&a[6 + half]));
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

/// Four rows and four vectors at a time, in pairs: one instruction multiplies eight columns of two rows and two
/// vectors.
#[inline]
#[target_feature(enable = "neon,dotprod,i8mm")]
pub(crate) fn gemm(w: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    by_tiles(|rows, a| tile(rows, a), |w, a, scales, y| dotprod::gemv(w, a, scales, y), w, vectors, s_w, y);
}

/// The sums of codes times activations, for each vector those of the rows.
#[inline]
#[target_feature(enable = "neon,dotprod,i8mm")]
fn tile(rows: Rows<'_>, vectors: [&[i8]; VECTORS]) -> [[i32; ROWS]; VECTORS] {
    // By pair of rows, pair of vectors, and which eight of sixteen columns: eight chains.
    let mut sums = [[[vdupq_n_s32(0); 2]; 2]; 2];
    let a = vectors.map(|a| a.as_chunks::<BLOCK>().0);
    for block in 0..rows[0].len() {
        let rows = rows.map(|row| row[block].as_chunks::<16>().0);
        let a = a.map(|a| a[block].as_chunks::<16>().0);
        for half in 0..2 {
            let codes = [
                zip_codes(load_u8(&rows[0][half]), load_u8(&rows[1][half])),
                zip_codes(load_u8(&rows[2][half]), load_u8(&rows[3][half])),
            ];
            for place in 0..4 {
                let at = 2 * place + half;
                let a = [
                    zip_activations(load_i8(&a[0][at]), load_i8(&a[1][at])),
                    zip_activations(load_i8(&a[2][at]), load_i8(&a[3][at])),
                ];
                for (sums, codes) in sums.iter_mut().zip(codes) {
                    let codes = [in_place(codes[0], place), in_place(codes[1], place)];
                    for (sums, a) in sums.iter_mut().zip(a) {
                        *sums = [add_product(sums[0], codes[0], a[0]), add_product(sums[1], codes[1], a[1])];
                    }
                }
            }
        }
    }
    let mut all = [[0; ROWS]; VECTORS];
    for (rows, sums) in sums.into_iter().enumerate() {
        for (vectors, [left, right]) in sums.into_iter().enumerate() {
            let lanes = lanes(vaddq_s32(left, right));
            for (lane, sum) in lanes.into_iter().enumerate() {
                all[2 * vectors + lane % 2][2 * rows + lane / 2] = sum;
            }
        }
    }
    all
}

/// The codes in one of the four places of each byte, from the top bits on.
#[inline]
#[target_feature(enable = "neon")]
fn in_place(codes: uint8x16_t, place: usize) -> uint8x16_t {
    // The loop over places is unrolled, and each shift is constant.
    let shifted = match place {
        0 => vshrq_n_u8::<6>(codes),
        1 => vshrq_n_u8::<4>(codes),
        2 => vshrq_n_u8::<2>(codes),
        _ => codes,
    };
    vandq_u8(shifted, vdupq_n_u8(3))
}

/// Two rows of sixteen columns as two matrices of eight.
#[inline]
#[target_feature(enable = "neon")]
fn zip_codes(first: uint8x16_t, second: uint8x16_t) -> [uint8x16_t; 2] {
    let (first, second) = (vreinterpretq_u64_u8(first), vreinterpretq_u64_u8(second));
    [vreinterpretq_u8_u64(vzip1q_u64(first, second)), vreinterpretq_u8_u64(vzip2q_u64(first, second))]
}

/// Two vectors of sixteen columns as two matrices of eight.
#[inline]
#[target_feature(enable = "neon")]
fn zip_activations(first: int8x16_t, second: int8x16_t) -> [int8x16_t; 2] {
    let (first, second) = (vreinterpretq_s64_s8(first), vreinterpretq_s64_s8(second));
    [vreinterpretq_s8_s64(vzip1q_s64(first, second)), vreinterpretq_s8_s64(vzip2q_s64(first, second))]
}

/// The four lanes.
#[inline]
#[target_feature(enable = "neon")]
fn lanes(sums: int32x4_t) -> [i32; 4] {
    [vgetq_lane_s32::<0>(sums), vgetq_lane_s32::<1>(sums), vgetq_lane_s32::<2>(sums), vgetq_lane_s32::<3>(sums)]
}
