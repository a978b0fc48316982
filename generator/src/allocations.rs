//! Allocations, counted: what preparing operands takes, and that the timed call takes none.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering},
};

/// The system's allocator, counting. A program that measures installs it; see [`so_far`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed on to the system's allocator as it is; the trait's other ones end in these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: the caller owes the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller owes the same.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Allocations of this process up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocations {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Allocations {
    /// Those since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { count: self.count - earlier.count, bytes: self.bytes - earlier.bytes }
    }
}

/// All of them; `None` in a program that did not install [`Counting`].
#[must_use]
pub fn so_far() -> Option<Allocations> {
    let (count, bytes) = (COUNT.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
    // A program that counts has allocated before it comes here: its arguments at the least.
    (count > 0).then_some(Allocations { count, bytes })
}
