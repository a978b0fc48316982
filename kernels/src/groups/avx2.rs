//! The loops of the AVX2 variants.

use std::arch::x86_64::{
    __m256, __m256i, _CMP_GE_OQ, _mm256_and_ps, _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_div_ps, _mm256_max_epu32,
    _mm256_set1_ps, _mm256_setzero_si256,
};

use super::Format;
use crate::{
    lanes::avx2::{LANES, load, max_of_each, max_u32, store},
    slabs::{
        CHUNK, SMALLEST,
        avx2::{magnitudes, rounded, slab},
    },
};

/// Groups that are quantised together, one to a lane.
pub(super) const TOGETHER: usize = LANES;

/// `pack` makes bytes of the codes of a chunk.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn quantize<const BYTES: usize>(
    x: &[f32],
    group: usize,
    scales: &mut [f32],
    codes: &mut [u8],
    format: Format,
    pack: impl Fn([__m256i; 4], &mut [u8; BYTES]),
) {
    // The usual sizes as constants, so that there are no loops within a group.
    match group {
        32 => blocks::<32, BYTES>(x, group, scales, codes, format, &pack),
        64 => blocks::<64, BYTES>(x, group, scales, codes, format, &pack),
        128 => blocks::<128, BYTES>(x, group, scales, codes, format, &pack),
        _ => blocks::<0, BYTES>(x, group, scales, codes, format, &pack),
    }
}

/// Eight groups at a time, since the two divisions for eight take hardly longer than for one; `GROUP` is the size of a
/// group, or 0.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn blocks<const GROUP: usize, const BYTES: usize>(
    x: &[f32],
    group: usize,
    scales: &mut [f32],
    codes: &mut [u8],
    format: Format,
    pack: &impl Fn([__m256i; 4], &mut [u8; BYTES]),
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

/// What a block of groups is multiplied by.
pub(super) struct Found {
    /// Each group.
    pub(super) factors: [f32; TOGETHER],
    /// Whether a NaN or an infinity is among the elements; then what was found of their groups is wrong.
    pub(super) has_other_than_numbers: bool,
}

/// Reads a block of groups, and writes their scales.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn scales_of(x: &[f32], group: usize, format: Format, scales: &mut [f32; TOGETHER]) -> Found {
    let mut largest = [_mm256_setzero_si256(); TOGETHER];
    for (i, largest) in largest.iter_mut().enumerate() {
        for elements in x[i * group..][..group].as_chunks::<LANES>().0 {
            *largest = _mm256_max_epu32(*largest, magnitudes(load(elements)));
        }
    }
    let bits = max_of_each(largest);
    let (largest, levels) = (_mm256_castsi256_ps(bits), _mm256_set1_ps(format.levels()));
    let is_coded = _mm256_cmp_ps::<_CMP_GE_OQ>(largest, _mm256_set1_ps(SMALLEST));
    let or_zero = |quotients: __m256| _mm256_and_ps(is_coded, quotients);
    store(scales, or_zero(_mm256_div_ps(largest, levels)));
    let mut factors = [0.0; TOGETHER];
    store(&mut factors, or_zero(_mm256_div_ps(levels, largest)));
    // No number's bits are as large, and those of all NaNs are larger.
    Found { factors, has_other_than_numbers: max_u32(bits) >= f32::INFINITY.to_bits() }
}

/// Gives those groups of a block that have a NaN or an infinity the scale and the codes that stand for it.
#[cold]
pub(super) fn forget_groups(x: &[f32], group: usize, scales: &mut [f32], codes: &mut [u8], format: Format) {
    let group_bytes = format.bytes_of(group);
    for (i, scale) in scales.iter_mut().enumerate() {
        if !x[i * group..][..group].iter().all(|x| x.is_finite()) {
            *scale = f32::NAN;
            codes[i * group_bytes..][..group_bytes].fill(format.zeros);
        }
    }
}

/// Group by group. `unpack` makes the numbers of a chunk, with the scale in all lanes.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn dequantize<const BYTES: usize>(
    scales: &[f32],
    codes: &[u8],
    group: usize,
    y: &mut [f32],
    unpack: impl Fn(&[u8; BYTES], __m256) -> [__m256; 4],
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
#[target_feature(enable = "avx2,fma,f16c")]
fn each_group<const GROUP: usize, const BYTES: usize>(
    scales: &[f32],
    codes: &[u8],
    group: usize,
    y: &mut [f32],
    unpack: &impl Fn(&[u8; BYTES], __m256) -> [__m256; 4],
) {
    let group = if GROUP == 0 { group } else { GROUP };
    let group_bytes = group / CHUNK * BYTES;
    for (i, &scale) in scales.iter().enumerate() {
        let scale = _mm256_set1_ps(scale);
        let (codes, y) = (&codes[i * group_bytes..][..group_bytes], &mut y[i * group..][..group]);
        for (y, codes) in y.as_chunks_mut::<CHUNK>().0.iter_mut().zip(codes.as_chunks().0) {
            for (y, numbers) in y.as_chunks_mut().0.iter_mut().zip(unpack(codes, scale)) {
                store(y, numbers);
            }
        }
    }
}
