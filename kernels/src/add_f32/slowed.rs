//! The AVX2 variant, slower on purpose: half of each register is left empty. For tests of the instrument.

use std::arch::x86_64::{__m128, _mm_add_ps, _mm_loadu_ps, _mm_storeu_ps};

/// Half of what a register holds.
const LANES: usize = 4;

/// Four elements an instruction where there could be eight.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn add(a: &[f32], b: &[f32], y: &mut [f32]) {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    for ((y, a), b) in y_lanes.iter_mut().zip(a_lanes).zip(b_lanes) {
        store(y, _mm_add_ps(load(a), load(b)));
    }
    for ((y, a), b) in y_rest.iter_mut().zip(a_rest).zip(b_rest) {
        *y = a + b;
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(from: &[f32; LANES]) -> __m128 {
    // SAFETY: the array has the 16 bytes that are read.
    unsafe { _mm_loadu_ps(from.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(to: &mut [f32; LANES], lanes: __m128) {
    // SAFETY: the array has the 16 bytes that are written.
    unsafe { _mm_storeu_ps(to.as_mut_ptr(), lanes) }
}
