//! The loop of the AVX2 variants.

use std::arch::x86_64::{__m256, _mm256_add_ps, _mm256_setzero_ps};

use crate::lanes::{
    avx2::{LANES, load_all, load_of_turn, load_rest, sum_all},
    parts, registers, turns,
};

/// What `add` makes of a sum of 0 and all elements. Eight sums: an addition is three to four cycles deep, a fused one
/// four, and two issue a cycle.
///
/// What is left of a turn, a third of 100 elements, goes to the four sums that the eight have become by then, so that
/// hardly any waits for another.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn sum<const N: usize>(inputs: [&[f32]; N], add: impl Fn(__m256, [__m256; N]) -> __m256) -> f32 {
    let n = inputs[0].len();
    let count = n / LANES;
    let lanes = registers::<N, LANES>(inputs, count);
    let turns = turns::<N, LANES, 8>(lanes, count / 8);
    let mut sums = [_mm256_setzero_ps(); 8];
    for turn in 0..count / 8 {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = add(*sum, load_of_turn(turns, turn, i));
        }
    }
    let [mut sums, more] = [[sums[0], sums[1], sums[2], sums[3]], [sums[4], sums[5], sums[6], sums[7]]];
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = _mm256_add_ps(*sum, more);
    }
    let mut done = count - count % 8;
    if count % 8 >= 4 {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = add(*sum, load_all(lanes, done + i));
        }
        done += 4;
    }
    if count % 4 >= 2 {
        sums[0] = add(sums[0], load_all(lanes, done));
        sums[1] = add(sums[1], load_all(lanes, done + 1));
        done += 2;
    }
    if count % 2 == 1 {
        sums[2] = add(sums[2], load_all(lanes, done));
    }
    if !n.is_multiple_of(LANES) {
        sums[3] = add(sums[3], load_rest(parts(inputs, count * LANES, n % LANES)));
    }
    sum_all(&sums)
}
