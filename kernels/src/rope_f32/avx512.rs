//! The AVX-512 variant.

use std::arch::x86_64::{__m512, _mm512_fmadd_ps, _mm512_fmsub_ps, _mm512_mul_ps};

use super::{Table, heads};
use crate::lanes::avx512::{LANES, load, load_first, store, store_first};

/// Head by head: four loads, four operations and two stores for two registers of outputs, of which the stores take
/// longest. The table of a usual head is small enough to stay in the nearest cache.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn rope(x: &[f32], table: Table<'_>, y: &mut [f32]) {
    let (c, c_rest) = table.c.as_chunks::<LANES>();
    let (s, s_rest) = table.s.as_chunks::<LANES>();
    for ([x1, x2], [y1, y2]) in heads(x, y, table.c.len()) {
        let ((x1, x1_rest), (x2, x2_rest)) = (x1.as_chunks::<LANES>(), x2.as_chunks::<LANES>());
        let ((y1, y1_rest), (y2, y2_rest)) = (y1.as_chunks_mut::<LANES>(), y2.as_chunks_mut::<LANES>());
        let (x, y) = (x1.iter().zip(x2), y1.iter_mut().zip(y2));
        for (((x1, x2), (y1, y2)), (c, s)) in x.zip(y).zip(c.iter().zip(s)) {
            let (first, second) = turn(load(x1), load(x2), load(c), load(s));
            store(y1, first);
            store(y2, second);
        }
        if !c_rest.is_empty() {
            let [x1, x2, c, s] = [x1_rest, x2_rest, c_rest, s_rest].map(|rest| load_first(rest, 0.0));
            let (first, second) = turn(x1, x2, c, s);
            store_first(y1_rest, first);
            store_first(y2_rest, second);
        }
    }
}

/// The pairs of a register of each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn turn(x1: __m512, x2: __m512, c: __m512, s: __m512) -> (__m512, __m512) {
    (_mm512_fmsub_ps(x1, c, _mm512_mul_ps(x2, s)), _mm512_fmadd_ps(x2, c, _mm512_mul_ps(x1, s)))
}
