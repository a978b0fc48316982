//! The loops of the scalar variants.

use super::Format;
use crate::slabs::{
    CHUNK,
    scalar::{round, slab},
};

/// Group by group. `pack` makes bytes of the codes of a chunk.
#[inline]
pub(crate) fn quantize<const BYTES: usize>(
    x: &[f32],
    group: usize,
    scales: &mut [f32],
    codes: &mut [u8],
    format: Format,
    pack: impl Fn(&[i32; CHUNK], &mut [u8; BYTES]),
) {
    let group_bytes = format.bytes_of(group);
    for (i, scale) in scales.iter_mut().enumerate() {
        let (x, codes) = (&x[i * group..][..group], &mut codes[i * group_bytes..][..group_bytes]);
        match slab(x).group_scale(format.levels()) {
            Ok(numbers) => {
                *scale = numbers.scale;
                for (codes, x) in codes.as_chunks_mut().0.iter_mut().zip(x.as_chunks::<CHUNK>().0) {
                    let mut rounded = [0; CHUNK];
                    rounded.iter_mut().zip(x).for_each(|(code, x)| *code = round(x * numbers.factor));
                    pack(&rounded, codes);
                }
            }
            Err(of_zeros) => {
                *scale = of_zeros;
                codes.fill(format.zeros);
            }
        }
    }
}

/// Group by group. `unpack` makes numbers of the bytes of a chunk, which are then scaled.
#[inline]
pub(crate) fn dequantize<const BYTES: usize>(
    scales: &[f32],
    codes: &[u8],
    group: usize,
    y: &mut [f32],
    unpack: impl Fn(&[u8; BYTES], &mut [f32; CHUNK]),
) {
    let group_bytes = group / CHUNK * BYTES;
    for (i, scale) in scales.iter().enumerate() {
        let (codes, y) = (&codes[i * group_bytes..][..group_bytes], &mut y[i * group..][..group]);
        for (y, codes) in y.as_chunks_mut().0.iter_mut().zip(codes.as_chunks().0) {
            unpack(codes, y);
            for y in y {
                *y *= scale;
            }
        }
    }
}
