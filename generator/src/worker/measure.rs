//! Runs one case and samples it, in one go.

use std::time::Duration;

use super::bed::{self, Bed};
use crate::{
    allocations,
    clock::Clock,
    controls,
    environment::accounting::Accounts,
    memory,
    protocol::{Checksums, Measured},
    sampler::{self, Plan},
};

pub(super) fn measure(
    clock: Clock,
    id: &str,
    seed: u64,
    plan: &Plan,
    expected: &Checksums,
    cpu: Option<usize>,
) -> Result<Measured, String> {
    let allocated_before = allocations::so_far();
    let case = bed::case(id)?;
    let mut arena = bed::arena(&case)?;
    let arena_bytes = case.layout().arena_bytes();
    let large_pages = arena.is_on_large_pages();
    let place = bed::best_place(clock, &case, &mut arena, seed, plan);
    let mut bench = case.bind(arena.bytes_mut(place), seed);
    let allocated = allocations::so_far().zip(allocated_before).map(|(after, before)| after.since(before));
    bed::check(&mut bench, expected)?;
    let mut bed = Bed::new(clock, &case, bench)?;
    let before = Accounts::read(cpu);
    let begin_ns = clock.now_ns();
    let sampled = sampler::sample(&mut bed, plan);
    let wall = Duration::from_nanos(clock.now_ns() - begin_ns);
    let after = Accounts::read(cpu);
    bed.failure()?;
    Ok(Measured {
        sampled,
        large_pages,
        peak_memory_bytes: memory::peak_bytes(),
        cpu_percent: after.cpu_percent(&before, wall),
        stolen_ns: after.stolen_ns(&before),
        switches: after.switches(&before),
        allocations: allocated.map(|allocated| allocated.count),
        allocated_bytes: allocated.map(|allocated| allocated.bytes + arena_bytes as u64),
        controls_step_ns: controls::in_every_launch(&clock, plan.probe_floor_ns),
    })
}
