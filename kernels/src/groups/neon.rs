//! The loops of the NEON variants.

use std::arch::aarch64::{float32x4_t, int32x4_t, vdupq_n_f32, vmulq_n_f32};

use super::Format;
use crate::{
    lanes::neon::store,
    slabs::{
        CHUNK,
        neon::{rounded, slab},
    },
};

/// Group by group. `pack` makes bytes of the codes of a chunk.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn quantize<const BYTES: usize>(
    x: &[f32],
    group: usize,
    scales: &mut [f32],
    codes: &mut [u8],
    format: Format,
    pack: impl Fn([int32x4_t; 8], &mut [u8; BYTES]),
) {
    let group_bytes = group / CHUNK * BYTES;
    for (i, scale) in scales.iter_mut().enumerate() {
        let (x, codes) = (&x[i * group..][..group], &mut codes[i * group_bytes..][..group_bytes]);
        match slab(x).group_scale(format.levels()) {
            Ok(numbers) => {
                *scale = numbers.scale;
                for (codes, x) in codes.as_chunks_mut().0.iter_mut().zip(x.as_chunks().0) {
                    pack(rounded(x, numbers.factor), codes);
                }
            }
            Err(of_zeros) => {
                *scale = of_zeros;
                codes.fill(format.zeros);
            }
        }
    }
}

/// Group by group. `unpack` makes the numbers of a chunk with the group's scale.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn dequantize<const BYTES: usize>(
    scales: &[f32],
    codes: &[u8],
    group: usize,
    y: &mut [f32],
    unpack: impl Fn(&[u8; BYTES], f32) -> [float32x4_t; 8],
) {
    let group_bytes = group / CHUNK * BYTES;
    for (i, &scale) in scales.iter().enumerate() {
        let (codes, y) = (&codes[i * group_bytes..][..group_bytes], &mut y[i * group..][..group]);
        for (y, codes) in y.as_chunks_mut::<CHUNK>().0.iter_mut().zip(codes.as_chunks().0) {
            for (y, numbers) in y.as_chunks_mut().0.iter_mut().zip(unpack(codes, scale)) {
                store(y, numbers);
            }
        }
    }
}

/// The numbers of a chunk, in two halves, times the scale.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn scaled(halves: [[float32x4_t; 4]; 2], scale: f32) -> [float32x4_t; 8] {
    let mut all = [vdupq_n_f32(0.0); 8];
    for (scaled, &number) in all.iter_mut().zip(halves.as_flattened()) {
        *scaled = vmulq_n_f32(number, scale);
    }
    all
}
