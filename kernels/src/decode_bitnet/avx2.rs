//! The parts of the AVX2 variant.

use std::arch::x86_64::{
    __m256, _mm256_add_ps, _mm256_fmadd_ps, _mm256_hadd_ps, _mm256_max_ps, _mm256_mul_ps, _mm256_permute2f128_ps,
    _mm256_set1_ps, _mm256_setzero_ps,
};

use super::{
    model::Activation,
    parts::{Head, Linear, Parts, Scores},
};
use crate::{
    elementwise::avx2::map,
    lanes::{
        avx2::{LANES, load, load_f16, store, store_first, sum_all},
        prefetch_behind,
    },
    quantize_act_i8, rmsnorm_f32, rope_f32, silu_f32, softmax_f32,
    ternary::{
        avx2::{gemm, gemv},
        pack,
    },
};

/// Closures made here have the features of this function.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn parts() -> Parts {
    Parts {
        norm: |x, w, y| rmsnorm_f32::avx2::rmsnorm(x, w, y),
        quantize: |x, a| quantize_act_i8::avx2::quantize(x, a),
        rotate: |x, table, y| rope_f32::avx2::rope(x, table, y),
        attend: |head, scores, y| attend(head, scores, y),
        gate: |activation, gate, up, y| self::gate(activation, gate, up, y),
        add: |a, b, y| map([a, b], y, |[a, b]| _mm256_add_ps(a, b)),
        head: |embedding, h, logits| head(embedding, h, logits),
        linear: Linear {
            pack,
            one: |packed, a, scales, y| gemv(packed, a, scales, y),
            many: |packed, vectors, s_w, y| gemm(packed, vectors, s_w, y),
        },
    }
}

/// Eight positions at a time: as many sums as keep the units busy, and one register of scores in the end.
#[target_feature(enable = "avx2,fma,f16c")]
fn attend(head: Head<'_>, scores: Scores<'_>, y: &mut [f32]) {
    let Head { q, keys, values } = head;
    let Scores { scores, shares } = scores;
    let (q_lanes, _) = q.as_chunks::<LANES>();
    let scale = _mm256_set1_ps(1.0 / (q.len() as f32).sqrt());
    let last = scores.len() - 1;
    for (eight, scores) in scores.chunks_mut(8).enumerate() {
        let mut rows = [&keys.as_chunks::<LANES>().0[..q_lanes.len()]; 8];
        for (i, row) in rows.iter_mut().enumerate() {
            // Behind the last position it stands once more.
            let position = (8 * eight + i).min(last);
            *row = &keys[position * q.len()..].as_chunks().0[..q_lanes.len()];
        }
        let mut sums = [_mm256_setzero_ps(); 8];
        for (i, q) in q_lanes.iter().enumerate() {
            let q = load(q);
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = _mm256_fmadd_ps(q, load(&row[i]), *sum);
            }
        }
        store_first(scores, _mm256_mul_ps(sum_each(sums), scale));
    }
    softmax_f32::avx2::softmax(scores, shares);
    match q_lanes.len() {
        12 => weigh::<12>(shares, values, y),
        8 => weigh::<8>(shares, values, y),
        _ => weigh::<4>(shares, values, y),
    }
}

/// The sum of the lanes of each.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn sum_each(sums: [__m256; 8]) -> __m256 {
    let left = _mm256_hadd_ps(_mm256_hadd_ps(sums[0], sums[1]), _mm256_hadd_ps(sums[2], sums[3]));
    let right = _mm256_hadd_ps(_mm256_hadd_ps(sums[4], sums[5]), _mm256_hadd_ps(sums[6], sums[7]));
    _mm256_add_ps(_mm256_permute2f128_ps::<0x20>(left, right), _mm256_permute2f128_ps::<0x31>(left, right))
}

/// `y = sum over i of shares[i] * values[i]`, in tiles of `N` registers that stay in the CPU.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn weigh<const N: usize>(shares: &[f32], values: &[f32], y: &mut [f32]) {
    let d = y.len();
    let (tiles, _) = y.as_chunks_mut::<LANES>().0.as_chunks_mut::<N>();
    for (tile, y) in tiles.iter_mut().enumerate() {
        let mut sums = [_mm256_setzero_ps(); N];
        for (share, value) in shares.iter().zip(values.chunks_exact(d)) {
            let share = _mm256_set1_ps(*share);
            let value = &value.as_chunks::<LANES>().0.as_chunks::<N>().0[tile];
            for (sum, value) in sums.iter_mut().zip(value) {
                *sum = _mm256_fmadd_ps(share, load(value), *sum);
            }
        }
        for (y, sum) in y.iter_mut().zip(sums) {
            store(y, sum);
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn gate(activation: Activation, gate: &mut [f32], up: &[f32], y: &mut [f32]) {
    match activation {
        Activation::SquaredRelu => map([gate, up], y, |[gate, up]| {
            let positive = _mm256_max_ps(gate, _mm256_setzero_ps());
            _mm256_mul_ps(_mm256_mul_ps(positive, positive), up)
        }),
        Activation::Silu => {
            silu_f32::avx2::silu(gate, y);
            gate.copy_from_slice(y);
            map([gate, up], y, |[gate, up]| _mm256_mul_ps(gate, up));
        }
    }
}

/// How far ahead lines are asked for, in bytes: over the border of a page, where the CPU stops asking by itself.
const AHEAD_BYTES: usize = 4096;

/// The rows of a matrix of f16, in turns of two lines.
fn rows(embedding: &[u16], width: usize) -> impl Iterator<Item = &[[[u8; 64]; 2]]> {
    let (lines, _) = bytemuck::cast_slice::<u16, u8>(embedding).as_chunks::<64>();
    let (turns, _) = lines.as_chunks::<2>();
    turns.chunks_exact(width / 64)
}

/// Row by row, eight sums: the conversion, one a cycle, decides, and from memory the stream of rows. As many
/// lines as a row has are asked for at once: between the conversions they cost more than they gave.
#[target_feature(enable = "avx2,fma,f16c")]
fn head(embedding: &[u16], h: &[f32], logits: &mut [f32]) {
    let (h_turns, _) = h.as_chunks::<LANES>().0.as_chunks::<8>();
    for (turns, logit) in rows(embedding, h.len()).zip(logits) {
        for line in turns.as_flattened() {
            prefetch_behind(line, AHEAD_BYTES);
        }
        let mut sums = [_mm256_setzero_ps(); 8];
        for (turn, h) in turns.iter().zip(h_turns) {
            let elements = turn.as_flattened().as_chunks::<16>().0;
            for i in 0..8 {
                sums[i] = _mm256_fmadd_ps(load_f16(&elements[i]), load(&h[i]), sums[i]);
            }
        }
        *logit = sum_all(&sums);
    }
}
