//! Lanes: vectors of `f32` and the memory they come from, one file an ISA. The only pointers of the variants are here.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
