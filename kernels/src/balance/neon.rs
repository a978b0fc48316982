//! The loops of the NEON variants.

use std::arch::aarch64::{
    float32x4_t, uint32x4_t, vandq_u32, vdupq_n_u32, vmaxq_u32, vmaxvq_u32, vreinterpretq_f32_u32,
    vreinterpretq_u32_f32,
};

use super::MAGNITUDE;
use crate::lanes::neon::{LANES, load, load_first, store, store_first};

/// The largest magnitude; 0 of no elements.
///
/// Four registers a turn: of the two instructions for each, of two cycles or three, two to four issue a cycle.
#[target_feature(enable = "neon")]
pub(crate) fn absmax(a: &[f32]) -> f32 {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut most = [vdupq_n_u32(0); 4];
    for turn in turns {
        for (most, lanes) in most.iter_mut().zip(turn) {
            *most = larger(*most, load(lanes));
        }
    }
    for (most, lanes) in most.iter_mut().zip(lanes) {
        *most = larger(*most, load(lanes));
    }
    if !rest.is_empty() {
        most[3] = larger(most[3], load_first(rest, 0.0));
    }
    let lanes = vmaxq_u32(vmaxq_u32(most[0], most[1]), vmaxq_u32(most[2], most[3]));
    f32::from_bits(vmaxvq_u32(lanes))
}

/// The largest magnitude in each column of rows of as many elements as there are outputs.
///
/// Eight registers of columns at a time, so that each row is read by whole lines and each output is written once.
#[target_feature(enable = "neon")]
pub(crate) fn absmax_columns(a: &[f32], y: &mut [f32]) {
    let columns = y.len();
    let rows = || a.chunks_exact(columns.max(1));
    let (registers, rest) = y.as_chunks_mut::<LANES>();
    let (turns, ones) = registers.as_chunks_mut::<8>();
    let mut start = 0;
    for turn in turns {
        let mut most = [vdupq_n_u32(0); 8];
        for row in rows() {
            let (lanes, _) = row[start..][..8 * LANES].as_chunks::<LANES>();
            for (most, lanes) in most.iter_mut().zip(lanes) {
                *most = larger(*most, load(lanes));
            }
        }
        for (y, most) in turn.iter_mut().zip(most) {
            store(y, vreinterpretq_f32_u32(most));
        }
        start += 8 * LANES;
    }
    for y in ones {
        let mut most = vdupq_n_u32(0);
        for row in rows() {
            most = larger(most, load_first(&row[start..][..LANES], 0.0));
        }
        store(y, vreinterpretq_f32_u32(most));
        start += LANES;
    }
    if !rest.is_empty() {
        let mut most = vdupq_n_u32(0);
        for row in rows() {
            most = larger(most, load_first(&row[start..], 0.0));
        }
        store_first(rest, vreinterpretq_f32_u32(most));
    }
}

/// The larger magnitude of each lane; without their signs, the bits compare as integers.
#[inline]
#[target_feature(enable = "neon")]
fn larger(most: uint32x4_t, lanes: float32x4_t) -> uint32x4_t {
    let magnitudes = vandq_u32(vreinterpretq_u32_f32(lanes), vdupq_n_u32(MAGNITUDE));
    vmaxq_u32(most, magnitudes)
}
