//! Every peer runs on the thread that calls it, and on no other. One test, so that the process has no other work.

use std::{cmp::Reverse, time::Duration};

use crossval::peers;
use kernels::{Case, kernel::Kernel, operands::Arena, registry::KERNELS, shape::Shape};
use nix::time::{ClockId, clock_gettime};
use platforms::IsaLevel;

/// How long this thread, and the whole process, have run so far.
fn cpu_times() -> (Duration, Duration) {
    let read = |clock| Duration::from(clock_gettime(clock).expect("every system we ship to has the clock"));
    (read(ClockId::CLOCK_THREAD_CPUTIME_ID), read(ClockId::CLOCK_PROCESS_CPUTIME_ID))
}

/// How many threads the process has; `None` where the system does not tell so simply.
fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}

/// The kernel's shapes that take no seconds, the largest first.
fn shapes(kernel: &Kernel) -> Vec<Shape> {
    let shapes = kernel.rows.iter().map(|row| row.shape.parse::<Shape>().expect("a test parses every shape"));
    let is_short = |shape: &Shape| (kernel.work)(shape).flops <= 1 << 28 && (kernel.work)(shape).bytes < 1 << 25;
    let mut short: Vec<Shape> = shapes.filter(is_short).collect();
    short.sort_by_key(|shape| Reverse((kernel.work)(shape).bytes));
    short
}

#[test]
fn every_peer_runs_on_the_calling_thread_alone() {
    /// So long that a second thread would have been given its part.
    const LONG: Duration = Duration::from_millis(20);
    let threads_before = threads();
    // A library that starts threads when it is loaded lets them spin for a while.
    std::thread::sleep(Duration::from_millis(500));
    for (kernel, (library, peer)) in
        KERNELS.iter().flat_map(|kernel| peers::of(kernel.id).map(move |peer| (kernel, peer)))
    {
        let mut is_taken = false;
        // A library may take another shape than the largest.
        for shape in shapes(kernel) {
            let case = Case::new(kernel, IsaLevel::Scalar, shape).expect("every kernel has a scalar variant");
            let mut arena = Arena::new(case.layout().arena_bytes());
            let mut bench = case.bind(arena.bytes_mut(), 42);
            let (inputs, output, _) = bench.operands_mut().split::<f32>();
            let Some(mut call) = (peer.prepare)(case.shape(), inputs) else { continue };
            is_taken = true;
            let (mut own, mut all) = (Duration::ZERO, Duration::ZERO);
            let mut iterations = 1;
            while own < LONG {
                let (own_before, all_before) = cpu_times();
                call.run(iterations, output);
                let (own_after, all_after) = cpu_times();
                (own, all) = (own_after.saturating_sub(own_before), all_after.saturating_sub(all_before));
                iterations *= 2;
            }
            let others = all.saturating_sub(own);
            assert!(others < own / 10, "{} of {}, {case}: {own:?} here, {others:?} elsewhere", peer.call, library.name);
            break;
        }
        assert!(is_taken, "{} of {} takes no short shape of {}", peer.call, library.name, kernel.id);
    }
    assert_eq!(threads(), threads_before);
}
