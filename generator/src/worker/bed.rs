//! A case laid into memory, as the sampler's instrument: a clock, the probe, and the code to be measured.

use kernels::{Bench, Case, batch::Batch};

use crate::{
    allocations, checksum,
    clock::Clock,
    environment::accounting,
    memory::Arena,
    probe,
    protocol::Checksums,
    sampler::{self, Instrument, Plan},
    worker::file::InputFile,
};

/// The real thing.
pub(super) struct Bed<'a> {
    clock: Clock,
    pub(super) bench: Bench<'a>,
    /// Where each call begins with a file.
    file: Option<InputFile>,
    failure: Option<String>,
}

impl<'a> Bed<'a> {
    /// The case, and the file that its calls begin with where they do.
    ///
    /// # Errors
    ///
    /// When that file cannot be written.
    pub(super) fn new(clock: Clock, case: &Case, bench: Bench<'a>) -> Result<Self, String> {
        let file = case.file().map(|format| InputFile::write(&bench, format)).transpose();
        let file = file.map_err(|error| format!("{case}: {error}"))?;
        Ok(Self { clock, bench, file, failure: None })
    }

    /// What went wrong in a call, once all are done; its time is no number.
    pub(super) fn failure(&self) -> Result<(), String> {
        self.failure.clone().map_or(Ok(()), Err)
    }
}

impl Instrument for Bed<'_> {
    #[inline]
    fn now_ns(&mut self) -> u64 {
        self.clock.now_ns()
    }

    #[inline]
    fn probe(&mut self) {
        probe::run();
    }

    fn rewind(&mut self) {
        if let Some(file) = &self.file {
            file.forget();
        }
    }

    #[inline]
    fn run(&mut self, batch: Batch) {
        let Some(file) = &mut self.file else { return self.bench.run(batch) };
        for _ in 0..batch.iterations {
            if let Err(error) = file.load(&mut self.bench) {
                self.failure.get_or_insert(error);
            }
            self.bench.run(Batch { iterations: 1, ..batch });
        }
    }

    fn switches(&mut self) -> u64 {
        // Who waits for the disk gives the CPU away and gets it back at any time: that is what loading takes.
        if self.file.is_some() {
            return 0;
        }
        accounting::switches().unwrap_or_default()
    }

    fn off_cpu_ns(&mut self) -> u64 {
        accounting::off_cpu_ns()
    }
}

/// The case of that id, where this CPU can run it.
pub(super) fn case(id: &str) -> Result<Case, String> {
    id.parse().map_err(|error| format!("{error}"))
}

/// Memory of this process alone for the case's operands.
pub(super) fn arena(case: &Case) -> Result<Arena, String> {
    let bytes = case.layout().arena_bytes();
    Arena::new(bytes).map_err(|error| format!("{case}: {bytes} bytes of memory for its operands: {error}"))
}

pub(super) fn checksums(bench: &Bench<'_>) -> Checksums {
    Checksums {
        operands: checksum::short(bench.operands().input_bytes()),
        output: checksum::short([bench.operands().output()]),
    }
}

/// Runs the case until its output is whole, which must allocate nothing; what it then holds must be what was verified.
pub(super) fn check(bench: &mut Bench<'_>, expected: &Checksums) -> Result<(), String> {
    bench.prepare();
    let before = allocations::so_far();
    bench.run_whole();
    if let (Some(before), Some(after)) = (before, allocations::so_far())
        && after != before
    {
        let count = after.since(before).count;
        return Err(format!("a call allocates memory, {count} times; its time would be the allocator's"));
    }
    let found = checksums(bench);
    if found == *expected {
        return Ok(());
    }
    Err(format!("the output changed between two processes: {expected:?} when verified, {found:?} now"))
}

/// The place in which the case runs fastest. Physical pages that get in each other's way only ever slow a call, and which
/// they are is chance; code that got slower is slower in every place.
pub(super) fn best_place(clock: Clock, case: &Case, arena: &mut Arena, seed: u64, plan: &Plan) -> usize {
    let places: Vec<usize> = arena.places().collect();
    if places.len() == 1 {
        return places[0];
    }
    let mut timed = places.into_iter().map(|place| {
        let bench = case.bind(arena.bytes_mut(place), seed);
        (sampler::fastest_call_ns(&mut Bed { clock, bench, file: None, failure: None }, plan), place)
    });
    let first = timed.next().expect("an arena has a place");
    timed.fold(first, |best, next| if next.0 < best.0 { next } else { best }).1
}
