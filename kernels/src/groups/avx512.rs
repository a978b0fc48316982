//! The loops of the AVX-512 variants.

use std::arch::x86_64::{__m512, __m512i, _mm512_set1_ps};

use super::{
    Format,
    avx2::{TOGETHER, forget_groups, scales_of},
};
use crate::{
    lanes::avx512::store,
    slabs::{
        CHUNK,
        avx512::{rounded, slab},
    },
};

/// `pack` makes bytes of the codes of a chunk.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn quantize<const BYTES: usize>(
    x: &[f32],
    group: usize,
    scales: &mut [f32],
    codes: &mut [u8],
    format: Format,
    pack: impl Fn([__m512i; 2], &mut [u8; BYTES]),
) {
    // The usual sizes as constants, so that there are no loops within a group.
    match group {
        32 => blocks::<32, BYTES>(x, group, scales, codes, format, &pack),
        64 => blocks::<64, BYTES>(x, group, scales, codes, format, &pack),
        128 => blocks::<128, BYTES>(x, group, scales, codes, format, &pack),
        _ => blocks::<0, BYTES>(x, group, scales, codes, format, &pack),
    }
}

/// As with AVX2, whose registers are as wide as the scales of a block. Codes are rounded and packed in wide ones, which
/// takes 5 to 15 % less than in narrow ones from groups of 64 on, and about as long for groups of 32.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn blocks<const GROUP: usize, const BYTES: usize>(
    x: &[f32],
    group: usize,
    scales: &mut [f32],
    codes: &mut [u8],
    format: Format,
    pack: &impl Fn([__m512i; 2], &mut [u8; BYTES]),
) {
    let group = if GROUP == 0 { group } else { GROUP };
    let group_bytes = group / CHUNK * BYTES;
    let encode = |x: &[f32], factor: f32, codes: &mut [u8]| {
        for (codes, x) in codes.as_chunks_mut().0.iter_mut().zip(x.as_chunks().0) {
            pack(rounded(x, factor), codes);
        }
    };
    let (together, rest) = scales.as_chunks_mut::<TOGETHER>();
    let done = TOGETHER * together.len();
    for (block, scales) in together.iter_mut().enumerate() {
        let x = &x[block * TOGETHER * group..][..TOGETHER * group];
        let codes = &mut codes[block * TOGETHER * group_bytes..][..TOGETHER * group_bytes];
        let found = scales_of(x, group, format, scales);
        for (i, factor) in found.factors.into_iter().enumerate() {
            encode(&x[i * group..][..group], factor, &mut codes[i * group_bytes..][..group_bytes]);
        }
        if found.has_other_than_numbers {
            forget_groups(x, group, scales, codes, format);
        }
    }
    for (i, scale) in rest.iter_mut().enumerate() {
        let x = &x[(done + i) * group..][..group];
        let codes = &mut codes[(done + i) * group_bytes..][..group_bytes];
        match slab(x).group_scale(format.levels()) {
            Ok(numbers) => {
                *scale = numbers.scale;
                encode(x, numbers.factor, codes);
            }
            Err(of_zeros) => {
                *scale = of_zeros;
                codes.fill(format.zeros);
            }
        }
    }
}

/// Group by group. `unpack` makes the numbers of a chunk, with the scale in all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn dequantize<const BYTES: usize>(
    scales: &[f32],
    codes: &[u8],
    group: usize,
    y: &mut [f32],
    unpack: impl Fn(&[u8; BYTES], __m512) -> [__m512; 2],
) {
    match group {
        32 => each_group::<32, BYTES>(scales, codes, group, y, &unpack),
        64 => each_group::<64, BYTES>(scales, codes, group, y, &unpack),
        128 => each_group::<128, BYTES>(scales, codes, group, y, &unpack),
        _ => each_group::<0, BYTES>(scales, codes, group, y, &unpack),
    }
}

/// `GROUP` is the size of a group, or 0.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn each_group<const GROUP: usize, const BYTES: usize>(
    scales: &[f32],
    codes: &[u8],
    group: usize,
    y: &mut [f32],
    unpack: &impl Fn(&[u8; BYTES], __m512) -> [__m512; 2],
) {
    let group = if GROUP == 0 { group } else { GROUP };
    let group_bytes = group / CHUNK * BYTES;
    for (i, &scale) in scales.iter().enumerate() {
        let scale = _mm512_set1_ps(scale);
        let (codes, y) = (&codes[i * group_bytes..][..group_bytes], &mut y[i * group..][..group]);
        for (y, codes) in y.as_chunks_mut::<CHUNK>().0.iter_mut().zip(codes.as_chunks().0) {
            for (y, numbers) in y.as_chunks_mut().0.iter_mut().zip(unpack(codes, scale)) {
                store(y, numbers);
            }
        }
    }
}
