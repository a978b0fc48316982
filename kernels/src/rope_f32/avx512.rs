//! The AVX-512 variant.

use std::arch::x86_64::{__m512, _mm512_fmadd_ps, _mm512_fmsub_ps, _mm512_mul_ps};

use super::{Table, heads};
use crate::lanes::avx512::{LANES, load, load_first, store, store_first};

/// Head by head, four registers of pairs a turn: four loads, four operations and two stores for each, of which the
/// stores take longest. The table of a usual head is small enough to stay in the nearest cache.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(crate) fn rope(x: &[f32], table: Table<'_>, y: &mut [f32]) {
    let (c_turns, _) = table.c.as_chunks::<LANES>().0.as_chunks::<4>();
    let (s_turns, _) = table.s.as_chunks::<LANES>().0.as_chunks::<4>();
    let (half, done) = (table.c.len(), c_turns.len() * 4 * LANES);
    for ([x1, x2], [y1, y2]) in heads(x, y, half) {
        let (x1_turns, _) = x1.as_chunks::<LANES>().0.as_chunks::<4>();
        let (x2_turns, _) = x2.as_chunks::<LANES>().0.as_chunks::<4>();
        let (y1_turns, _) = y1.as_chunks_mut::<LANES>().0.as_chunks_mut::<4>();
        let (y2_turns, _) = y2.as_chunks_mut::<LANES>().0.as_chunks_mut::<4>();
        let (from, to) = (x1_turns.iter().zip(x2_turns), y1_turns.iter_mut().zip(y2_turns));
        for (((x1, x2), (y1, y2)), (c, s)) in from.zip(to).zip(c_turns.iter().zip(s_turns)) {
            for i in 0..4 {
                let (first, second) = turn(load(&x1[i]), load(&x2[i]), load(&c[i]), load(&s[i]));
                store(&mut y1[i], first);
                store(&mut y2[i], second);
            }
        }
        for start in (done..half).step_by(LANES) {
            let place = start..half.min(start + LANES);
            let [x1, x2, c, s] = [x1, x2, table.c, table.s].map(|from| load_first(&from[place.clone()], 0.0));
            let (first, second) = turn(x1, x2, c, s);
            store_first(&mut y1[place.clone()], first);
            store_first(&mut y2[place], second);
        }
    }
}

/// The pairs of a register of each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn turn(x1: __m512, x2: __m512, c: __m512, s: __m512) -> (__m512, __m512) {
    (_mm512_fmsub_ps(x1, c, _mm512_mul_ps(x2, s)), _mm512_fmadd_ps(x2, c, _mm512_mul_ps(x1, s)))
}
