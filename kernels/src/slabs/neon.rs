//! The passes of the NEON variants.

use std::arch::aarch64::{
    float32x4_t, int8x16_t, int32x4_t, uint32x4_t, vandq_u32, vcombine_s8, vcombine_s16, vcvtnq_s32_f32, vdupq_n_s32,
    vdupq_n_u32, vmaxq_u32, vmaxvq_u32, vmovn_s16, vmovn_s32, vmulq_n_f32, vreinterpretq_u32_f32,
};

use super::{CHUNK, MAGNITUDE, Slab};
use crate::lanes::neon::{LANES, load, load_first, store_i8};

/// What the elements are to their quantiser.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn slab(x: &[f32]) -> Slab {
    Slab::of(absmax(x))
}

/// The largest magnitude, 0 of no elements; each is read once. Eight registers a turn, each with a largest of its own.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn absmax(x: &[f32]) -> f32 {
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut largest = [vdupq_n_u32(0); 8];
    for turn in turns {
        for i in 0..8 {
            largest[i] = vmaxq_u32(largest[i], magnitudes(load(&turn[i])));
        }
    }
    for (i, elements) in lanes.iter().enumerate() {
        largest[i] = vmaxq_u32(largest[i], magnitudes(load(elements)));
    }
    largest[7] = vmaxq_u32(largest[7], magnitudes(load_first(rest, 0.0)));
    for distance in [4, 2, 1] {
        for i in 0..distance {
            largest[i] = vmaxq_u32(largest[i], largest[i + distance]);
        }
    }
    f32::from_bits(vmaxvq_u32(largest[0]))
}

/// The bits of the elements but their signs.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn magnitudes(x: float32x4_t) -> uint32x4_t {
    vandq_u32(vreinterpretq_u32_f32(x), vdupq_n_u32(MAGNITUDE))
}

/// The elements, each times `factor`, rounded to integers.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn rounded(x: &[f32; CHUNK], factor: f32) -> [int32x4_t; 8] {
    let (lanes, _) = x.as_chunks::<LANES>();
    let mut codes = [vdupq_n_s32(0); 8];
    for (codes, elements) in codes.iter_mut().zip(lanes) {
        *codes = vcvtnq_s32_f32(vmulq_n_f32(load(elements), factor));
    }
    codes
}

/// Integers of eight bits, one a byte, in their order.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn bytes([a, b, c, d]: [int32x4_t; 4]) -> int8x16_t {
    let left = vcombine_s16(vmovn_s32(a), vmovn_s32(b));
    let right = vcombine_s16(vmovn_s32(c), vmovn_s32(d));
    vcombine_s8(vmovn_s16(left), vmovn_s16(right))
}

/// Writes the codes of the elements times `factor`, of eight bits each.
#[inline]
#[target_feature(enable = "neon")]
pub(crate) fn encode_i8(x: &[f32], factor: f32, codes: &mut [i8]) {
    let ((chunks, rest), (code_chunks, code_rest)) = (x.as_chunks::<CHUNK>(), codes.as_chunks_mut::<CHUNK>());
    for (codes, x) in code_chunks.iter_mut().zip(chunks) {
        encode_chunk_i8(x, factor, codes);
    }
    if !rest.is_empty() {
        let (mut padded, mut all) = ([0.0; CHUNK], [0; CHUNK]);
        padded[..rest.len()].copy_from_slice(rest);
        encode_chunk_i8(&padded, factor, &mut all);
        code_rest.copy_from_slice(&all[..rest.len()]);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn encode_chunk_i8(x: &[f32; CHUNK], factor: f32, codes: &mut [i8; CHUNK]) {
    for (codes, rounded) in codes.as_chunks_mut().0.iter_mut().zip(rounded(x, factor).as_chunks().0) {
        store_i8(codes, bytes(*rounded));
    }
}
