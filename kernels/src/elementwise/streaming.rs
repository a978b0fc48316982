//! Streaming: from which size on outputs go past the caches, and what the stores that do so need.
//!
//! An ordinary store reads the line that it is about to write, unless a cache has it; a streaming ("non-temporal") store
//! writes whole lines and reads none. What it wrote is then in no cache, and whoever wants it waits for the memory.
//!
//! Measured on a Zen 4 with 32 MiB of third-level cache, `add_f32/avx2`, streaming against ordinary, time an element:
//! 1.19 at 1.2 MB of operands, 1.17 at 8.4 MB, 0.91 at 12 MB, 0.71 at 24 MB, 0.65 at 192 MB. What is shared by several
//! cores holds for one of them well below its size, so a third of it is the limit. ARM's stores need none of this: the
//! CPUs notice by themselves that whole lines are being written.

use std::sync::OnceLock;

use bytemuck::{Pod, Zeroable};
use platforms::cpu;

/// Elements in a line.
pub(crate) const LINE: usize = 16;

/// A line of the caches. What a streaming store asks is in the type: it is aligned, and written as a whole.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [f32; LINE]);

// SAFETY: it is an array of numbers, without padding since its size is its alignment, and all zeros are one.
unsafe impl Zeroable for Line {}
// SAFETY: it is an array of numbers, without padding since its size is its alignment; any bytes are one.
unsafe impl Pod for Line {}

/// Whether the outputs of `y[i] = op(inputs[i])` go past the caches.
#[inline]
pub(crate) fn pays(inputs: usize, n: usize) -> bool {
    /// What is shorter fits any last cache, and is asked no further.
    const SHORTEST: usize = 1 << 16;
    n >= SHORTEST && 4 * (inputs + 1) * n >= limit_bytes()
}

/// Operands of fewer bytes stay in the caches. The CPU is asked once a process: by whoever prepares a call, so that no
/// call does it.
pub(crate) fn limit_bytes() -> usize {
    /// Where nothing tells of a third-level cache: what today's servers have.
    const CACHE_BYTES: u64 = 32 << 20;
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let bytes = cpu::this().caches.l3_bytes.unwrap_or(CACHE_BYTES) / 3;
        usize::try_from(bytes).unwrap_or(usize::MAX)
    })
}

/// The elements before the first whole line, the lines, and the elements behind the last one.
#[inline]
pub(crate) fn lines(y: &mut [f32]) -> (&mut [f32], &mut [Line], &mut [f32]) {
    bytemuck::pod_align_to_mut(y)
}
