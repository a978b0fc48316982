//! Streaming: from which size on outputs go past the caches, and what the stores that do so need.
//!
//! An ordinary store reads the line that it is about to write, unless a cache has it; a streaming ("non-temporal")
//! store writes whole lines and reads none. What it wrote is then in no cache, and whoever wants it waits for the
//! memory.
//!
//! Measured on a Zen 4 with 32 MiB of third-level cache, time of streaming against ordinary stores: `add_f32/avx2`
//! 1.19 at 1.2 MB of operands, 1.17 at 8.4 MB, 0.90 to 1.03 at 12 MB (as much as the neighbours leave of the cache),
//! 0.71 at 24 MB, 0.65 at 192 MB; `scale_f32/avx2`, against the ordinary stores of `scalar`, 1.3 at 12 MB, 1.2 at 16
//! to 20 MB, 0.7 at 64 MB, 0.75 at 128 MB. A streaming store takes its time whatever is read beside it, some 28 GB/s,
//! so one input has to be longer than two. ARM has no part in this: its CPUs notice by themselves that whole lines are
//! being written.

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

/// Whether the outputs of `y[i] = op(inputs[i])` go past the caches: beyond a third of the last one with two inputs,
/// and two thirds of it with one.
#[inline]
pub(crate) fn pays(inputs: usize, n: usize) -> bool {
    /// What is shorter fits any last cache, and is asked no further.
    const SHORTEST: usize = 1 << 16;
    n >= SHORTEST && 4 * (inputs + 1) * n >= third_bytes() * if inputs == 1 { 2 } else { 1 }
}

/// A third of the last cache. The CPU is asked once a process: by whoever prepares a call, so that no call does it.
fn third_bytes() -> usize {
    /// Where nothing tells of a third-level cache: what today's servers have.
    const CACHE_BYTES: u64 = 32 << 20;
    static THIRD: OnceLock<usize> = OnceLock::new();
    *THIRD.get_or_init(|| {
        let bytes = cpu::this().caches.l3_bytes.unwrap_or(CACHE_BYTES) / 3;
        usize::try_from(bytes).unwrap_or(usize::MAX / 2)
    })
}

/// The elements before the first whole line, the lines, and the elements behind the last one.
#[inline]
pub(crate) fn lines(y: &mut [f32]) -> (&mut [f32], &mut [Line], &mut [f32]) {
    bytemuck::pod_align_to_mut(y)
}
