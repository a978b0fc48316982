//! Packed matrices under AVX2.

use std::{
    arch::x86_64::{
        __m256i, _mm256_add_epi16, _mm256_add_epi32, _mm256_and_si256, _mm256_cvtepi32_ps, _mm256_div_ps,
        _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_mul_ps, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32,
        _mm256_set1_ps, _mm256_setzero_si256, _mm256_srai_epi32, _mm256_srli_epi16, _mm256_sub_epi32,
    },
    array,
};

use super::{BLOCK, GROUP, LINE_BYTES, QUAD, Scales, Vectors, groups, quad, surplus};
use crate::lanes::avx2::{LANES, load_i32, load_u8, store, store_first, store_i32, store_u8};

/// Fields of two bits in a byte.
const FIELDS: usize = 4;
/// Bytes of a register, of which a line has two.
const BYTES: usize = LINE_BYTES / 2;
/// Steps of a block of columns. Their products with codes of at most 3 fit into 16 bits: each step adds two of at most 3 * 128.
const STEPS: usize = BLOCK / QUAD;
/// Steps whose products with codes times four, of at most 12 * 128, fit into 16 bits: ten would do.
const SCALED_STEPS: usize = 8;
/// Vectors whose elements stay in the second-level cache while the weights go by.
const BATCH: usize = 64;
/// Steps that are unpacked at a time: half of a first-level cache.
const DEPTH: usize = 4 * STEPS;

/// The codes of a step, those of each field by themselves, in lines of their own: a load across two takes twice as long.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Codes([[u8; BYTES]; FIELDS]);

/// `y[i] = (sum over j of w[i, j] * a[j]) / s_a * s_w`, of a packed `w` with as many rows as `y` has elements, and as many
/// columns as `a`, which are a multiple of 128.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn gemv(packed: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let surplus = surplus(a);
    let (quads, _) = a.as_chunks::<QUAD>();
    for (lines, y) in groups(packed, y.len(), a.len()).zip(y.chunks_mut(GROUP)) {
        let mut sums = [[_mm256_setzero_si256(); FIELDS]; 2];
        for (lines, quads) in lines.as_chunks::<STEPS>().0.iter().zip(quads.as_chunks::<STEPS>().0) {
            sums[0] = add(sums[0], dot::<0>(lines, quads));
            sums[1] = add(sums[1], dot::<1>(lines, quads));
        }
        for (half, sums) in sums.into_iter().enumerate() {
            for (field, sums) in sums.into_iter().enumerate() {
                finish(sums, surplus, scales, y, place(field, half));
            }
        }
    }
}

/// Where the rows of a field of a half of the lines stand in their group.
#[inline]
fn place(field: usize, half: usize) -> usize {
    (2 * field + half) * LANES
}

/// The sums of the rows of a half of the lines, over a block of columns. Codes are cut out with a shift and four masks: those
/// of two fields stand two bits higher, and make sums four times as large.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn dot<const HALF: usize>(lines: &[[u8; LINE_BYTES]; STEPS], quads: &[[i8; QUAD]; STEPS]) -> [__m256i; FIELDS] {
    let (low, high) = (_mm256_set1_epi8(0b11), _mm256_set1_epi8(0b1100));
    let mut sums = [_mm256_setzero_si256(); 2];
    let mut scaled = [_mm256_setzero_si256(); 2];
    let turns = lines.as_chunks::<SCALED_STEPS>().0.iter().zip(quads.as_chunks::<SCALED_STEPS>().0);
    for (lines, quads) in turns {
        let mut narrow = [_mm256_setzero_si256(); 2];
        for (line, &a) in lines.iter().zip(quads) {
            let w = load_u8(&line.as_chunks().0[HALF]);
            let above = _mm256_srli_epi16::<4>(w);
            let a = _mm256_set1_epi32(quad(a));
            let product = |codes| _mm256_maddubs_epi16(codes, a);
            sums[0] = _mm256_add_epi16(sums[0], product(_mm256_and_si256(w, low)));
            narrow[0] = _mm256_add_epi16(narrow[0], product(_mm256_and_si256(w, high)));
            sums[1] = _mm256_add_epi16(sums[1], product(_mm256_and_si256(above, low)));
            narrow[1] = _mm256_add_epi16(narrow[1], product(_mm256_and_si256(above, high)));
        }
        for (scaled, narrow) in scaled.iter_mut().zip(narrow) {
            *scaled = _mm256_add_epi32(*scaled, widened(narrow));
        }
    }
    let [first, third] = sums;
    let [second, fourth] = scaled;
    [widened(first), _mm256_srai_epi32::<2>(second), widened(third), _mm256_srai_epi32::<2>(fourth)]
}

/// The sums of the pairs of 16-bit lanes.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn widened(narrow: __m256i) -> __m256i {
    _mm256_madd_epi16(narrow, _mm256_set1_epi16(1))
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add(mut sums: [__m256i; FIELDS], more: [__m256i; FIELDS]) -> [__m256i; FIELDS] {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = _mm256_add_epi32(*sum, more);
    }
    sums
}

/// The outputs of eight rows from `place` on, as many as there are.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn finish(sums: __m256i, surplus: i32, scales: Scales, y: &mut [f32], place: usize) {
    let sums = _mm256_cvtepi32_ps(_mm256_sub_epi32(sums, _mm256_set1_epi32(surplus)));
    let outputs = _mm256_mul_ps(_mm256_div_ps(sums, _mm256_set1_ps(scales.s_a)), _mm256_set1_ps(scales.s_w));
    let y = y.get_mut(place..).unwrap_or_default();
    match y.first_chunk_mut::<LANES>() {
        Some(y) => store(y, outputs),
        None => store_first(y, outputs),
    }
}

/// `y[b, i] = (sum over j of w[i, j] * a[b, j]) / s_a[b] * s_w`, of a packed `w` with as many rows as a row of `y` has
/// elements, and as many columns as a vector, which are a multiple of 128.
///
/// Half of a group is unpacked, so many columns of it, into the first-level cache, and meets all vectors before the next:
/// what is left of the loop is a product and an addition, of which a core begins two a cycle.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn gemm(packed: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    let k = vectors.k();
    let Some(m) = y.len().checked_div(vectors.s_a.len()) else { return };
    let mut codes = [Codes([[0; BYTES]; FIELDS]); DEPTH];
    let mut sums = [[[0; LANES]; FIELDS]; BATCH];
    for (batch, s_a) in vectors.s_a.chunks(BATCH).enumerate() {
        let a = &vectors.a[batch * BATCH * k..][..s_a.len() * k];
        let y = &mut y[batch * BATCH * m..][..s_a.len() * m];
        let mut surpluses = [0; BATCH];
        for (vector, surplus_of) in surpluses[..s_a.len()].iter_mut().enumerate() {
            *surplus_of = surplus(&a[vector * k..][..k]);
        }
        for (group, lines) in groups(packed, m, k).enumerate() {
            for half in 0..2 {
                let sums = &mut sums[..s_a.len()];
                sums.as_flattened_mut().fill([0; LANES]);
                for (part, lines) in lines.chunks(DEPTH).enumerate() {
                    unpack(lines, half, &mut codes);
                    add_all(&codes[..lines.len()], a, k, part * DEPTH, sums);
                }
                for (vector, sums) in sums.iter().enumerate() {
                    let y = &mut y[vector * m..][..m][group * GROUP..];
                    let scales = Scales { s_a: s_a[vector], s_w };
                    for (field, sums) in sums.iter().enumerate() {
                        finish(load_i32(sums), surpluses[vector], scales, y, place(field, half));
                    }
                }
            }
        }
    }
}

/// The codes of a half of the lines.
#[target_feature(enable = "avx2,fma,f16c")]
fn unpack(lines: &[[u8; LINE_BYTES]], half: usize, codes: &mut [Codes; DEPTH]) {
    for (line, codes) in lines.iter().zip(codes) {
        let w = load_u8(&line.as_chunks().0[half]);
        let low = |shifted| _mm256_and_si256(shifted, _mm256_set1_epi8(0b11));
        store_u8(&mut codes.0[0], low(w));
        store_u8(&mut codes.0[1], low(_mm256_srli_epi16::<2>(w)));
        store_u8(&mut codes.0[2], low(_mm256_srli_epi16::<4>(w)));
        store_u8(&mut codes.0[3], low(_mm256_srli_epi16::<6>(w)));
    }
}

/// Adds the products of the codes and as many steps of each vector, from `first` on. Two vectors share the codes that are
/// loaded: their sums are eight registers, and three would be four too many.
#[target_feature(enable = "avx2,fma,f16c")]
fn add_all(codes: &[Codes], a: &[i8], k: usize, first: usize, sums: &mut [[[i32; LANES]; FIELDS]]) {
    let quads = |vector: usize| &a[vector * k..][..k].as_chunks::<QUAD>().0[first..][..codes.len()];
    let (pairs, last) = sums.as_chunks_mut::<2>();
    let last_vector = 2 * pairs.len();
    for (pair, sums) in pairs.iter_mut().enumerate() {
        add_tile(codes, [quads(2 * pair), quads(2 * pair + 1)], sums);
    }
    if let [sums] = last {
        add_tile(codes, [quads(last_vector)], array::from_mut(sums));
    }
}

/// The same, for `B` vectors.
#[target_feature(enable = "avx2,fma,f16c")]
fn add_tile<const B: usize>(codes: &[Codes], quads: [&[[i8; QUAD]]; B], sums: &mut [[[i32; LANES]; FIELDS]; B]) {
    for (block, codes) in codes.as_chunks::<STEPS>().0.iter().enumerate() {
        let mut narrow = [[_mm256_setzero_si256(); FIELDS]; B];
        for (step, codes) in codes.iter().enumerate() {
            for (narrow, quads) in narrow.iter_mut().zip(quads) {
                let a = _mm256_set1_epi32(quad(quads.as_chunks::<STEPS>().0[block][step]));
                for (narrow, codes) in narrow.iter_mut().zip(&codes.0) {
                    *narrow = _mm256_add_epi16(*narrow, _mm256_maddubs_epi16(load_u8(codes), a));
                }
            }
        }
        for (sum, narrow) in sums.as_flattened_mut().iter_mut().zip(narrow.as_flattened()) {
            store_i32(sum, _mm256_add_epi32(load_i32(sum), widened(*narrow)));
        }
    }
}
