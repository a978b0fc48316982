//! The NEON variant.

use std::arch::aarch64::{float32x4_t, vfmaq_f32, vfmsq_f32, vmulq_f32};

use super::{Table, heads};
use crate::lanes::neon::{LANES, load, load_first, store, store_first};

/// Head by head, four registers of pairs a turn: four loads, four operations and two stores for each, of which the
/// stores take longest. The table of a usual head is small enough to stay in the nearest cache.
#[target_feature(enable = "neon")]
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
#[target_feature(enable = "neon")]
fn turn(x1: float32x4_t, x2: float32x4_t, c: float32x4_t, s: float32x4_t) -> (float32x4_t, float32x4_t) {
    (vfmsq_f32(vmulq_f32(x1, c), x2, s), vfmaq_f32(vmulq_f32(x2, c), x1, s))
}
