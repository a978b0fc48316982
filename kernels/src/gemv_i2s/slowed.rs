//! The AVX2 variant, slower on purpose: an eighth of the rows is done twice. For tests of the instrument.

use crate::ternary::{Scales, avx2};

/// On packed weights, whose rows stand in whole groups.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn gemv(w: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let (a_blocks, _) = a.as_chunks::<BLOCK>();
    let surplus = surplus(a);
    for (row, y) in rows(w, a.len(), y) {
        let mut sums = _mm256_setzero_si256();
        for (w, a) in row.iter().zip(a_blocks) {
            sums = _mm256_add_epi32(sums, _mm256_madd_epi16(dot(w, a), _mm256_set1_epi16(1)));
        }
        *y = scales.apply(sum_i32(sums) - surplus);
    }
}

/// Of the codes of a block and its activations, in sixteen parts.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn dot(w: &[u8; BLOCK_BYTES], a: &[i8; BLOCK]) -> __m256i {
    let (a, _) = a.as_chunks::<BLOCK_BYTES>();
    let codes = |shifted| _mm256_and_si256(shifted, _mm256_set1_epi8(3));
    let w = load_u8(w);
    let first = _mm256_maddubs_epi16(codes(_mm256_srli_epi16::<6>(w)), load_i8(&a[0]));
    let second = _mm256_maddubs_epi16(codes(_mm256_srli_epi16::<4>(w)), load_i8(&a[1]));
    let third = _mm256_maddubs_epi16(codes(_mm256_srli_epi16::<2>(w)), load_i8(&a[2]));
    let fourth = _mm256_maddubs_epi16(codes(w), load_i8(&a[3]));
    _mm256_add_epi16(_mm256_add_epi16(first, second), _mm256_add_epi16(third, fourth))
}

pub(super) fn gemv(packed: &[u8], a: &[i8], scales: Scales, y: &mut [f32]) {
    let again = y.len().div_ceil(8);
    avx2::gemv(packed, a, scales, &mut y[..again]);
    avx2::gemv(packed, a, scales, y);
}
