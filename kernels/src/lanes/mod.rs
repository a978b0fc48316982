//! Lanes: vectors of `f32` and the memory they come from, one file an ISA. The only pointers of the variants are here.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;

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
