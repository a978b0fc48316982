//! The NEON variant.

use std::arch::aarch64::{float32x4_t, vfmaq_f32, vfmsq_f32, vmulq_f32};

use super::{Table, heads};
use crate::lanes::neon::{LANES, load, load_first, store, store_first};

/// Head by head: four loads, four operations and two stores for two registers of outputs, of which the stores take
/// longest. The table of a usual head is small enough to stay in the nearest cache.
#[target_feature(enable = "neon")]
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
#[target_feature(enable = "neon")]
fn turn(x1: float32x4_t, x2: float32x4_t, c: float32x4_t, s: float32x4_t) -> (float32x4_t, float32x4_t) {
    (vfmsq_f32(vmulq_f32(x1, c), x2, s), vfmaq_f32(vmulq_f32(x2, c), x1, s))
}
