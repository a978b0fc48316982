//! The worker: the process of one launch. It takes one job, settles, does it, and ends.

use std::{
    io::{self, BufRead, Write},
    time::Duration,
};

use kernels::{Bench, Case, batch::Batch};

use crate::{
    checksum,
    clock::{self, Clock},
    controls,
    environment::{
        self,
        accounting::{self, Accounts},
    },
    memory::{self, Arena},
    probe,
    protocol::{Answer, Checksums, Job, Measured, PROTOCOL, Task, Verified, say},
    sampler::{self, Instrument, Plan},
};

/// Reads the job and answers it.
///
/// # Errors
///
/// When the job cannot be read, or nobody reads the answers.
pub fn serve(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    match serde_json::from_str::<Job>(&line) {
        Ok(job) if job.protocol == PROTOCOL => {
            say(output, Answer::Settled { settings: environment::settle(job.cpu) })?;
            work(&job, output)?;
        }
        Ok(Job { protocol, .. }) => {
            let reason = format!("the job is of protocol {protocol}, this program speaks {PROTOCOL}");
            say(output, Answer::Refused { reason })?;
        }
        Err(error) => say(output, Answer::Refused { reason: format!("the job cannot be read: {error}") })?,
    }
    say(output, Answer::Done)
}

fn work(job: &Job, output: &mut impl Write) -> io::Result<()> {
    let clock = Clock::start();
    match &job.task {
        Task::Calibrate { duration } => {
            let duration_ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
            let calibration = probe::calibrate(&clock, duration_ns);
            say(output, Answer::Calibrated { clock_precision_ns: clock::precision_ns(), calibration })
        }
        Task::Verify { cases, seed } => verify(cases, *seed, output),
        Task::Measure { case, seed, plan, checksums } => {
            let answer = match measure(clock, case, *seed, plan, checksums, job.cpu) {
                Ok(measured) => Answer::Measured(measured),
                Err(reason) => Answer::Refused { reason },
            };
            say(output, answer)
        }
        Task::Control { probe_floor_ns } => {
            say(output, Answer::Controlled { alu_step_ns: controls::alu_step_ns(&clock, *probe_floor_ns) })
        }
    }
}

/// Holds each case against the reference of the first one's shape.
fn verify(ids: &[String], seed: u64, output: &mut impl Write) -> io::Result<()> {
    let mut reference = None;
    for id in ids {
        let answer =
            verify_one(id, seed, &mut reference).map_or_else(|reason| Answer::Refused { reason }, Answer::Verified);
        say(output, answer)?;
    }
    Ok(())
}

fn verify_one(id: &str, seed: u64, reference: &mut Option<kernels::kernel::Reference>) -> Result<Verified, String> {
    let case: Case = id.parse().map_err(|error| format!("{error}"))?;
    let mut arena = arena(&case)?;
    let mut bench = case.bind(arena.bytes_mut(0), seed);
    let reference = reference.get_or_insert_with(|| bench.reference());
    bench.run(Batch::ONE);
    let agreement = reference.agreement(bench.operands().output());
    Ok(Verified {
        case: id.to_owned(),
        accuracy: agreement.accuracy,
        disagreement: agreement.worst.map(|worst| worst.to_string()),
        checksums: checksums(&bench),
    })
}

fn measure(
    clock: Clock,
    id: &str,
    seed: u64,
    plan: &Plan,
    expected: &Checksums,
    cpu: Option<usize>,
) -> Result<Measured, String> {
    let case: Case = id.parse().map_err(|error| format!("{error}"))?;
    let mut arena = arena(&case)?;
    let large_pages = arena.is_on_large_pages();
    let place = best_place(clock, &case, &mut arena, seed, plan);
    let mut bench = case.bind(arena.bytes_mut(place), seed);
    bench.run(Batch::ONE);
    let found = checksums(&bench);
    if found != *expected {
        return Err(format!("the output changed between two processes: {expected:?} when verified, {found:?} now"));
    }
    let before = Accounts::read(cpu);
    let begin_ns = clock.now_ns();
    let sampled = sampler::sample(&mut Bed { clock, bench }, plan);
    let wall = Duration::from_nanos(clock.now_ns() - begin_ns);
    let after = Accounts::read(cpu);
    Ok(Measured {
        sampled,
        large_pages,
        peak_memory_bytes: memory::peak_bytes(),
        cpu_percent: after.cpu_percent(&before, wall),
        stolen_ns: after.stolen_ns(&before),
        switches: after.switches(&before),
    })
}

/// The place in which the case runs fastest. Physical pages that get in each other's way only ever slow a call, and which
/// they are is chance; code that got slower is slower in every place.
fn best_place(clock: Clock, case: &Case, arena: &mut Arena, seed: u64, plan: &Plan) -> usize {
    let places: Vec<usize> = arena.places().collect();
    if places.len() == 1 {
        return places[0];
    }
    let mut timed = places.into_iter().map(|place| {
        let bench = case.bind(arena.bytes_mut(place), seed);
        (sampler::fastest_call_ns(&mut Bed { clock, bench }, plan), place)
    });
    let first = timed.next().expect("an arena has a place");
    timed.fold(first, |best, next| if next.0 < best.0 { next } else { best }).1
}

fn arena(case: &Case) -> Result<Arena, String> {
    let bytes = case.layout().arena_bytes();
    Arena::new(bytes).map_err(|error| format!("{case}: {bytes} bytes of memory for its operands: {error}"))
}

fn checksums(bench: &Bench<'_>) -> Checksums {
    Checksums {
        operands: checksum::short(bench.operands().input_bytes()),
        output: checksum::short([bench.operands().output()]),
    }
}

/// The real thing: a clock, the probe, and a case on its bench.
struct Bed<'a> {
    clock: Clock,
    bench: Bench<'a>,
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

    #[inline]
    fn run(&mut self, batch: Batch) {
        self.bench.run(batch);
    }

    fn switches(&mut self) -> u64 {
        accounting::switches().unwrap_or_default()
    }
}
