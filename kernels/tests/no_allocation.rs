//! No call allocates.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use kernels::{
    Case,
    batch::{Batch, Mode},
    cases,
    operands::Arena,
    registry::KERNELS,
    shape::Shape,
};
use platforms::isa;

/// The system's allocator, counting on each thread for itself, since the harness has threads of its own.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: both calls are handed on to the system's allocator as they are; the trait's other ones end in these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller owes the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller owes the same.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_count_sees_an_allocation() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

/// What is measured, as long as it is short, and a short shape of what is always long.
fn short_cases() -> Vec<Case> {
    // What a longer one of the same kernel does is the same.
    const FLOPS: u64 = 40_000_000;
    let mut cases: Vec<Case> = cases(isa::detected()).filter(|case| case.work().flops <= FLOPS).collect();
    for &kernel in KERNELS {
        if !cases.iter().any(|case| case.kernel().id == kernel.id) {
            let extents: Vec<_> = kernel.extents.iter().map(|extent| (extent.letter, 7 * extent.multiple_of)).collect();
            let here = kernel.variants.iter().filter(|variant| isa::detected().contains(variant.isa));
            cases.extend(here.filter_map(|variant| Case::new(kernel, variant.isa, Shape::new(&extents)).ok()));
        }
    }
    cases
}

#[test]
fn every_kernel_has_a_short_case() {
    let cases = short_cases();
    assert!(KERNELS.iter().all(|kernel| cases.iter().any(|case| case.kernel().id == kernel.id)));
}

#[test]
fn no_call_allocates() {
    for case in short_cases() {
        let mut arena = Arena::new(case.layout().arena_bytes());
        let mut bench = case.bind(arena.bytes_mut(), 42);
        bench.prepare();
        for mode in [Mode::Independent, Mode::Dependent] {
            let count = allocations(|| bench.run(Batch { iterations: 2, mode }));
            assert_eq!(count, 0, "{case}, {mode:?}");
        }
    }
}
