//! Lanes: vectors of `f32` and the memory they come from, one file an ISA. The only pointers of the variants are here.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod dotprod;
#[cfg(target_arch = "aarch64")]
pub(crate) mod i8mm;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
#[cfg(target_arch = "x86_64")]
pub(crate) mod sse41;

/// Of each input so many elements from `start`.
#[inline]
pub(crate) fn parts<const N: usize>(inputs: [&[f32]; N], start: usize, count: usize) -> [&[f32]; N] {
    inputs.map(|input| &input[start..][..count])
}

/// The first registers of each input.
#[inline]
pub(crate) fn registers<const N: usize, const LANES: usize>(inputs: [&[f32]; N], count: usize) -> [&[[f32; LANES]]; N] {
    inputs.map(|input| &input.as_chunks().0[..count])
}

/// The first turns of several registers of each input.
#[inline]
pub(crate) fn turns<const N: usize, const LANES: usize, const TURN: usize>(
    lanes: [&[[f32; LANES]]; N],
    count: usize,
) -> [&[[[f32; LANES]; TURN]]; N] {
    lanes.map(|lanes| &lanes.as_chunks().0[..count])
}

/// The last register of the first `n` elements of each input, which have one.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn ends<const N: usize, const LANES: usize>(inputs: [&[f32]; N], n: usize) -> [&[[f32; LANES]]; N] {
    inputs.map(|input| input[..n].as_rchunks().1).map(|registers| &registers[registers.len() - 1..])
}

/// Asks for the cache line of each of these elements, and that of the last, to be there when they are wanted. Where the ISA
/// cannot be asked in safe or stable code, nothing happens.
#[inline]
pub(crate) fn prefetch(elements: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    // A line has sixteen.
    for element in elements.iter().step_by(16).chain(elements.last()) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch changes no memory and fails nowhere; SSE is in the ABI floor.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = elements;
}

/// Asks for the cache lines of as many elements as whole lines hold to come into the second-level cache, for a use that is
/// so far off that they would be gone from the first.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn prefetch_far(elements: &[f32]) {
    // A line has sixteen.
    for element in elements.iter().step_by(16) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a prefetch changes no memory and fails nowhere; SSE is in the ABI floor.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(element).cast()) };
    }
}

/// Asks for the cache line that stands so many bytes behind the start of this one, or of none where memory ends before it.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn prefetch_behind(line: &[u8; 64], bytes: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    let behind = line.as_ptr().wrapping_add(bytes);
    // SAFETY: a prefetch changes no memory and fails nowhere, whatever the address; SSE is in the ABI floor.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(behind.cast()) };
}
