//! The whole registry under `cargo bench -p kernels`, for a look while working on a kernel.
//!
//! What is judged comes from the generator, which knows when the machine was disturbed; this does not.

use std::time::Instant;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use kernels::{
    batch::{Batch, Mode},
    cases,
    kernel::ThroughputUnit,
    operands::Arena,
};
use platforms::isa;

const SEED: u64 = 42;

/// Work from which on a call takes a large part of a second in plain code: then there are as few samples as criterion
/// allows, and each is of as few calls as another.
const LONG_FLOPS: u64 = 500_000_000;

fn registry(criterion: &mut Criterion) {
    let isas = isa::available().unwrap_or_else(|error| panic!("{error}"));
    for case in cases(isas) {
        let kernel = case.kernel();
        let mut arena = None;
        let (mut place, mut bound) = (Some(&mut arena), None);
        let amount = case.work().amount(case.unit()).expect("a test asks every case for its amount");
        let mut group = criterion.benchmark_group(kernel.id);
        group.throughput(match case.unit() {
            ThroughputUnit::BytesPerSecond => Throughput::Bytes(amount),
            _ => Throughput::Elements(amount),
        });
        if case.work().flops >= LONG_FLOPS {
            group.sample_size(10).sampling_mode(SamplingMode::Flat);
        }
        // Only what the filter takes has memory, is filled and checked, and only once: under a profiler all would take long.
        group.bench_function(format!("{}/{}", case.isa(), case.shape()), |bencher| {
            let bench = bound.get_or_insert_with(|| {
                let place = place.take().expect("it is bound once");
                let arena = place.insert(Arena::new(case.layout().arena_bytes()));
                let mut bench = case.bind(arena.bytes_mut(), SEED);
                bench.run_whole();
                let worst = bench.reference().agreement(bench.operands().output()).worst;
                assert_eq!(worst, None, "{case} is not timed, since it is wrong");
                bench
            });
            bencher.iter_custom(|iterations| {
                let start = Instant::now();
                bench.run(Batch { iterations, mode: Mode::Independent });
                start.elapsed()
            });
        });
        group.finish();
    }
}

criterion_group!(benches, registry);
criterion_main!(benches);
