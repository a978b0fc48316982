//! The loop of the AVX-512 variants.

use std::arch::x86_64::{__m512, _mm512_setzero_ps};

use crate::lanes::{
    avx512::{LANES, load_all, load_of_turn, load_rest, sum_all},
    parts, registers, turns,
};

/// What `add` makes of a sum of 0 and all elements. Four sums: an addition is three to four cycles deep, a fused one
/// four, and on a Zen 4 one issues a cycle. Eight, which a CPU that issues two has a use for, have to be added up at the
/// end, which made 1,000 elements some hundredths slower there.
///
/// What is left of a turn, a third of 100 elements, goes to sums of its own as far as there are any, so that hardly any
/// waits for another.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn sum<const N: usize>(inputs: [&[f32]; N], add: impl Fn(__m512, [__m512; N]) -> __m512) -> f32 {
    let n = inputs[0].len();
    let count = n / LANES;
    let lanes = registers::<N, LANES>(inputs, count);
    let turns = turns::<N, LANES, 8>(lanes, count / 8);
    let mut sums = [_mm512_setzero_ps(); 4];
    for turn in 0..count / 8 {
        for i in 0..8 {
            sums[i % 4] = add(sums[i % 4], load_of_turn(turns, turn, i));
        }
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
