//! The loops of the NEON variants.

use std::arch::aarch64::{
    float32x4_t, uint16x4_t, vaddq_f32, vaddvq_f32, vcombine_u8, vcombine_u16, vcvtnq_u32_f32, vdupq_n_f32, vfmaq_f32,
    vmaxq_f32, vmaxvq_f32, vminq_f32, vminvq_f32, vmulq_f32, vqmovn_u16, vqmovn_u32,
};

use super::{Affine, Range, by_blocks};
use crate::lanes::neon::{LANES, load, load_first, store_u8};

/// The range of the elements. The instructions keep NaNs.
///
/// Four registers a turn and of each end, since an instruction is two to three cycles deep and two to four issue a cycle.
#[target_feature(enable = "neon")]
pub(crate) fn range(a: &[f32]) -> Range {
    let (lanes, rest) = a.as_chunks::<LANES>();
    let (turns, lanes) = lanes.as_chunks::<4>();
    let mut smallest = [vdupq_n_f32(Range::EMPTY.smallest); 4];
    let mut largest = [vdupq_n_f32(Range::EMPTY.largest); 4];
    let mut take = |i: usize, lanes: float32x4_t| {
        smallest[i] = vminq_f32(lanes, smallest[i]);
        largest[i] = vmaxq_f32(lanes, largest[i]);
    };
    for turn in turns {
        for (i, lanes) in turn.iter().enumerate() {
            take(i, load(lanes));
        }
    }
    for (i, lanes) in lanes.iter().enumerate() {
        take(i, load(lanes));
    }
    if let Some(&first) = rest.first() {
        // An element twice makes no range longer.
        take(3, load_first(rest, first));
    }

    let [a, b, c, d] = smallest;
    let smallest = vminvq_f32(vminq_f32(vminq_f32(a, b), vminq_f32(c, d)));
    let [a, b, c, d] = largest;
    let largest = vmaxvq_f32(vmaxq_f32(vmaxq_f32(a, b), vmaxq_f32(c, d)));
    Range::of(smallest, largest, smallest.is_nan())
}

/// Writes the codes, and says whether all elements are finite: zero times any other is a NaN, and stays one.
///
/// The conversion rounds half to even and clamps below 0, and the narrowing clamps at 255.
#[target_feature(enable = "neon")]
pub(crate) fn encode(w: &[f32], affine: Affine, codes: &mut [u8]) -> bool {
    let (reciprocal, zero_point) = (vdupq_n_f32(affine.reciprocal), vdupq_n_f32(affine.zero_point));
    let zero = vdupq_n_f32(0.0);
    let mut others = [zero; 4];
    by_blocks(w, codes, |block: &[f32; 4 * LANES], codes| {
        let (registers, _) = block.as_chunks::<LANES>();
        let mut code = |i: usize| -> uint16x4_t {
            let w = load(&registers[i]);
            others[i] = vfmaq_f32(others[i], w, zero);
            vqmovn_u32(vcvtnq_u32_f32(vaddq_f32(vmulq_f32(w, reciprocal), zero_point)))
        };
        let (left, right) = (vcombine_u16(code(0), code(1)), vcombine_u16(code(2), code(3)));
        store_u8(codes, vcombine_u8(vqmovn_u16(left), vqmovn_u16(right)));
    });
    let others = vaddq_f32(vaddq_f32(others[0], others[1]), vaddq_f32(others[2], others[3]));
    !vaddvq_f32(others).is_nan()
}
