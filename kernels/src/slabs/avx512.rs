//! The passes of the AVX-512 variants.

use std::arch::x86_64::{
    __m512, __m512i, _mm512_and_si512, _mm512_castps_si512, _mm512_cvtps_epi32, _mm512_max_epu32, _mm512_mul_ps,
    _mm512_reduce_max_epu32, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512,
};

use super::{CHUNK, MAGNITUDE, Slab};
use crate::lanes::avx512::{LANES, load, load_first, store_low_bytes};

/// What the elements are to their quantiser.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn slab(x: &[f32]) -> Slab {
    Slab::of(absmax(x))
}

/// The largest magnitude, 0 of no elements; each is read once. Eight registers a turn: as with AVX2.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn absmax(x: &[f32]) -> f32 {
    let (lanes, rest) = x.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<8>();
    let mut largest = [_mm512_setzero_si512(); 8];
    for turn in turns {
        for i in 0..8 {
            largest[i] = _mm512_max_epu32(largest[i], magnitudes(load(&turn[i])));
        }
    }
    for (i, elements) in lanes.iter().enumerate() {
        largest[i] = _mm512_max_epu32(largest[i], magnitudes(load(elements)));
    }
    largest[7] = _mm512_max_epu32(largest[7], magnitudes(load_first(rest, 0.0)));
    for distance in [4, 2, 1] {
        for i in 0..distance {
            largest[i] = _mm512_max_epu32(largest[i], largest[i + distance]);
        }
    }
    f32::from_bits(_mm512_reduce_max_epu32(largest[0]))
}

/// The bits of the elements but their signs.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn magnitudes(x: __m512) -> __m512i {
    _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(MAGNITUDE.cast_signed()))
}

/// The elements, each times `factor`, rounded to integers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn rounded(x: &[f32; CHUNK], factor: f32) -> [__m512i; 2] {
    let (lanes, _) = x.as_chunks::<LANES>();
    let factor = _mm512_set1_ps(factor);
    [
        _mm512_cvtps_epi32(_mm512_mul_ps(load(&lanes[0]), factor)),
        _mm512_cvtps_epi32(_mm512_mul_ps(load(&lanes[1]), factor)),
    ]
}

/// Writes the codes of the elements times `factor`, of eight bits each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn encode_chunk_i8(x: &[f32; CHUNK], factor: f32, codes: &mut [i8; CHUNK]) {
    pack_i8(rounded(x, factor), bytemuck::cast_mut(codes));
}

/// Integers of eight bits, one a byte: each register's low bytes are packed as they are stored.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn pack_i8(rounded: [__m512i; 2], codes: &mut [u8; CHUNK]) {
    for (codes, rounded) in codes.as_chunks_mut().0.iter_mut().zip(rounded) {
        store_low_bytes(codes, rounded);
    }
}
