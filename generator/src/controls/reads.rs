//! Reads of memory, 64 bytes after 64 bytes: how fast the second-level cache and the memory behind all caches are now.

use std::{arch::asm, io};

use crate::memory::Arena;

/// Bytes of a step, on every platform; where cache lines are longer, a step is a part of one.
const LINE_BYTES: usize = 64;

/// Reads that stay in the second-level cache.
pub(super) struct L2 {
    memory: Arena,
    bytes: usize,
}

impl L2 {
    /// Half of the cache, so that what else is in it has room; 256 KiB where its size is not known.
    pub(super) fn new(l2_bytes: Option<u64>) -> io::Result<Self> {
        const UNKNOWN: u64 = 512 << 10;
        let bytes = usize::try_from(l2_bytes.unwrap_or(UNKNOWN) / 2).unwrap_or(usize::MAX);
        let bytes = bytes.clamp(128 << 10, 8 << 20);
        Ok(Self { memory: Arena::new(bytes)?, bytes })
    }

    pub(super) fn lines(&self) -> u64 {
        (self.bytes / LINE_BYTES) as u64
    }

    pub(super) fn read(&mut self) {
        read(self.memory.bytes_mut(0));
    }
}

/// Reads that come from memory: a part of a large buffer each time, which was read so long ago that no cache has it.
pub(super) struct Dram {
    memory: Arena,
    bytes: usize,
    next: usize,
}

impl Dram {
    /// Bytes of a sample: some 10 µs.
    const PART_BYTES: usize = 256 << 10;

    /// Steps of a sample.
    pub(super) const LINES: u64 = (Self::PART_BYTES / LINE_BYTES) as u64;

    /// Four times the last cache, 128 MiB at least and 512 at most.
    pub(super) fn new(l3_bytes: Option<u64>) -> io::Result<Self> {
        let bytes = usize::try_from(4 * l3_bytes.unwrap_or(0)).unwrap_or(usize::MAX).clamp(128 << 20, 512 << 20);
        let bytes = bytes / Self::PART_BYTES * Self::PART_BYTES;
        Ok(Self { memory: Arena::new(bytes)?, bytes, next: 0 })
    }

    pub(super) fn read(&mut self) {
        read(&self.memory.bytes_mut(0)[self.next..self.next + Self::PART_BYTES]);
        self.next = (self.next + Self::PART_BYTES) % self.bytes;
    }
}

/// Reads a whole number of lines, one at the least, from a start that vectors can be loaded from.
#[cfg(target_arch = "x86_64")]
fn read(bytes: &[u8]) {
    let lines = bytes.len() / LINE_BYTES;
    assert!(lines > 0 && bytes.as_ptr().addr().is_multiple_of(LINE_BYTES), "the caller reads whole lines");
    // SAFETY: it reads `lines` times 64 bytes from the slice's start, which the slice has, and changes only registers; the
    // loads are in the ABI floor.
    unsafe {
        asm!(
            "2:",
            "movaps {a}, [{p}]", "movaps {b}, [{p} + 16]", "movaps {c}, [{p} + 32]", "movaps {d}, [{p} + 48]",
            "add {p}, 64", "dec {n}", "jnz 2b",
            p = inout(reg) bytes.as_ptr() => _, n = inout(reg) lines => _,
            a = out(xmm_reg) _, b = out(xmm_reg) _, c = out(xmm_reg) _, d = out(xmm_reg) _,
            options(readonly, nostack),
        );
    }
}

/// Reads a whole number of lines, one at the least.
#[cfg(target_arch = "aarch64")]
fn read(bytes: &[u8]) {
    let lines = bytes.len() / LINE_BYTES;
    assert!(lines > 0, "the caller reads whole lines");
    // SAFETY: it reads `lines` times 64 bytes from the slice's start, which the slice has, and changes only registers.
    unsafe {
        asm!(
            "2:",
            "ldp {a:q}, {b:q}, [{p}]", "ldp {c:q}, {d:q}, [{p}, #32]",
            "add {p}, {p}, #64", "subs {n}, {n}, #1", "b.ne 2b",
            p = inout(reg) bytes.as_ptr() => _, n = inout(reg) lines => _,
            a = out(vreg) _, b = out(vreg) _, c = out(vreg) _, d = out(vreg) _,
            options(readonly, nostack),
        );
    }
}
