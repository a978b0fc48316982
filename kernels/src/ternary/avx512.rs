//! Packed matrices under AVX-512, with its products of bytes (VNNI).
//!
//! Nothing is asked for ahead: the one stream comes as fast as memory gives it to a loop that only reads (33 GB/s on Zen 4),
//! and a request for each line, whatever its distance up to 4 KiB, made it a tenth slower.

use std::{
    arch::x86_64::{
        __m512i, _mm512_add_epi32, _mm512_and_si512, _mm512_cvtepi32_ps, _mm512_div_ps, _mm512_dpbusd_epi32,
        _mm512_mul_ps, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512, _mm512_srai_epi32,
        _mm512_sub_epi32,
    },
    array,
};

use super::{GROUP, LINE_BYTES, QUAD, Scales, Vectors, groups, quad, surplus};
use crate::lanes::avx512::{LANES, load_u8, store, store_first};

/// Rows of a group that share a lane, one a pair of bits.
const FIELDS: usize = GROUP / LANES;
/// Steps whose sums of whole bytes fit into 32 bits: each adds at most 4 * 255 * 128.
const LONGEST: usize = 16384;
/// Vectors that share the codes of a line: 24 sums, four registers of codes and three masks leave one register.
const TILE: usize = 6;
/// Vectors whose elements stay in the second-level cache while the weights go by.
const BATCH: usize = 64;

/// `y[i] = (sum over j of w[i, j] * a[j]) / s_a * s_w`, of a packed `w` with as many rows as `y` has elements, and as many
/// columns as `a`, which are a multiple of 128.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn gemv(packed: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let surplus = surplus(a);
    for (lines, y) in groups(packed, y.len(), a.len()).zip(y.chunks_mut(GROUP)) {
        let (quads, _) = a.as_chunks::<QUAD>();
        let mut sums = [_mm512_setzero_si512(); FIELDS];
        for (lines, quads) in lines.chunks(LONGEST).zip(quads.chunks(LONGEST)) {
            sums = add(sums, dot(lines, quads));
        }
        finish(sums, surplus, scales, y);
    }
}

/// `y[b, i] = (sum over j of w[i, j] * a[b, j]) / s_a[b] * s_w`, of a packed `w` with as many rows as a row of `y` has
/// elements, and as many columns as a vector, which are a multiple of 128.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn gemm(packed: &[u8], vectors: Vectors<'_>, s_w: f32, y: &mut [f32]) {
    let k = vectors.k();
    let Some(m) = y.len().checked_div(vectors.s_a.len()) else { return };
    for (batch, s_a) in vectors.s_a.chunks(BATCH).enumerate() {
        let a = &vectors.a[batch * BATCH * k..][..s_a.len() * k];
        let y = &mut y[batch * BATCH * m..][..s_a.len() * m];
        let mut surpluses = [0; BATCH];
        for (vector, surplus_of) in surpluses[..s_a.len()].iter_mut().enumerate() {
            *surplus_of = surplus(&a[vector * k..][..k]);
        }
        for (group, lines) in groups(packed, m, k).enumerate() {
            let mut first = 0;
            while first < s_a.len() {
                // Tiles as even as they can be: eight vectors are twice four.
                let rest = s_a.len() - first;
                let count = rest.div_ceil(rest.div_ceil(TILE));
                let tile = Tile {
                    a: &a[first * k..][..count * k],
                    surpluses: &surpluses[first..][..count],
                    s_a: &s_a[first..][..count],
                    s_w,
                };
                let y = &mut y[first * m..][..count * m];
                match count {
                    1 => tile.run::<1>(lines, group, y),
                    2 => tile.run::<2>(lines, group, y),
                    3 => tile.run::<3>(lines, group, y),
                    4 => tile.run::<4>(lines, group, y),
                    5 => tile.run::<5>(lines, group, y),
                    _ => tile.run::<TILE>(lines, group, y),
                }
                first += count;
            }
        }
    }
}

/// Vectors that share the codes of a line.
#[derive(Clone, Copy)]
struct Tile<'a> {
    a: &'a [i8],
    surpluses: &'a [i32],
    s_a: &'a [f32],
    s_w: f32,
}

impl Tile<'_> {
    /// The outputs of a group's rows, for each of the `B` vectors.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn run<const B: usize>(self, lines: &[[u8; LINE_BYTES]], group: usize, y: &mut [f32]) {
        let (k, m) = (self.a.len() / B, y.len() / B);
        let vectors: [&[[i8; QUAD]]; B] = array::from_fn(|vector| self.a[vector * k..][..k].as_chunks().0);
        let mut sums = [[_mm512_setzero_si512(); FIELDS]; B];
        for (part, lines) in lines.chunks(LONGEST).enumerate() {
            let quads = vectors.map(|quads| &quads[part * LONGEST..][..lines.len()]);
            let part = dot_tile(lines, quads);
            for vector in 0..B {
                sums[vector] = add(sums[vector], part[vector]);
            }
        }
        for vector in 0..B {
            let y = &mut y[vector * m..][..m][group * GROUP..];
            let scales = Scales { s_a: self.s_a[vector], s_w: self.s_w };
            finish(sums[vector], self.surpluses[vector], scales, y);
        }
    }
}

/// The sums of a group's rows with one vector. Two steps at a time: a product is four cycles deep, and four rows are too few.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn dot(lines: &[[u8; LINE_BYTES]], quads: &[[i8; QUAD]]) -> [__m512i; FIELDS] {
    let (pairs, last) = lines.as_chunks::<2>();
    let (quad_pairs, last_quads) = quads.as_chunks::<2>();
    let mut even = [_mm512_setzero_si512(); FIELDS];
    let mut odd = [_mm512_setzero_si512(); FIELDS];
    for (lines, quads) in pairs.iter().zip(quad_pairs) {
        even = add_products(even, fields(&lines[0]), quads[0]);
        odd = add_products(odd, fields(&lines[1]), quads[1]);
    }
    for (line, quad) in last.iter().zip(last_quads) {
        even = add_products(even, fields(line), *quad);
    }
    apart(add(even, odd))
}

/// The sums of a group's rows with `B` vectors.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn dot_tile<const B: usize>(lines: &[[u8; LINE_BYTES]], quads: [&[[i8; QUAD]]; B]) -> [[__m512i; FIELDS]; B] {
    let mut sums = [[_mm512_setzero_si512(); FIELDS]; B];
    for (step, line) in lines.iter().enumerate() {
        let fields = fields(line);
        for vector in 0..B {
            sums[vector] = add_products(sums[vector], fields, quads[vector][step]);
        }
    }
    for of_vector in &mut sums {
        *of_vector = apart(*of_vector);
    }
    sums
}

/// The codes of the first field, of the first two, of three, and of all: what a shift would cost is left to [`apart`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn fields(line: &[u8; LINE_BYTES]) -> [__m512i; FIELDS] {
    let w = load_u8(line);
    let first = |bits| _mm512_and_si512(w, _mm512_set1_epi8(bits));
    [first(0b11), first(0b1111), first(0b11_1111), w]
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn add_products(mut sums: [__m512i; FIELDS], fields: [__m512i; FIELDS], a: [i8; QUAD]) -> [__m512i; FIELDS] {
    let a = _mm512_set1_epi32(quad(a));
    for (sum, codes) in sums.iter_mut().zip(fields) {
        *sum = _mm512_dpbusd_epi32(*sum, codes, a);
    }
    sums
}

/// The sums of each field, from those of the first fields together.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn apart(sums: [__m512i; FIELDS]) -> [__m512i; FIELDS] {
    [
        sums[0],
        _mm512_srai_epi32::<2>(_mm512_sub_epi32(sums[1], sums[0])),
        _mm512_srai_epi32::<4>(_mm512_sub_epi32(sums[2], sums[1])),
        _mm512_srai_epi32::<6>(_mm512_sub_epi32(sums[3], sums[2])),
    ]
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn add(mut sums: [__m512i; FIELDS], more: [__m512i; FIELDS]) -> [__m512i; FIELDS] {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = _mm512_add_epi32(*sum, more);
    }
    sums
}

/// The outputs of a group's rows, as many as there are.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn finish(sums: [__m512i; FIELDS], surplus: i32, scales: Scales, y: &mut [f32]) {
    for (sums, y) in sums.into_iter().zip(y.chunks_mut(LANES)) {
        let sums = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums, _mm512_set1_epi32(surplus)));
        let outputs = _mm512_mul_ps(_mm512_div_ps(sums, _mm512_set1_ps(scales.s_a)), _mm512_set1_ps(scales.s_w));
        match y.as_mut_array::<LANES>() {
            Some(y) => store(y, outputs),
            None => store_first(y, outputs),
        }
    }
}
