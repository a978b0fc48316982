//! Makes a case ready and samples it a slice at a time, while another program takes turns on the same CPU.

use std::{
    io::{self, BufRead, Write},
    path::Path,
};

use kernels::{Bench, Case};

use super::bed::{self, Bed};
use crate::{
    clock::Clock,
    environment::accounting,
    memory::{self, Arena},
    protocol::{Answer, Checksums, Finished, Prepared, Task, say},
    sampler::{self, Plan},
};

/// What is to be prepared.
pub(super) struct Order<'a> {
    pub(super) case: &'a str,
    pub(super) seed: u64,
    pub(super) plan: &'a Plan,
    pub(super) checksums: &'a Checksums,
    pub(super) memory: Option<&'a Path>,
    pub(super) place: Option<usize>,
}

/// Prepares the case, and answers jobs until one of them is not about it any more: `Finish` as a rule.
pub(super) fn stay(
    clock: Clock,
    order: &Order<'_>,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> io::Result<()> {
    let (case, mut arena) = match ready(order) {
        Ok(ready) => ready,
        Err(reason) => return say(output, Answer::Refused { reason }),
    };
    let large_pages = arena.is_on_large_pages();
    let place = order.place.filter(|&place| arena.places().any(|own| own == place));
    let place = place.unwrap_or_else(|| bed::best_place(clock, &case, &mut arena, order.seed, order.plan));
    let start = arena.bytes_mut(place).as_ptr().addr();
    let mut bench = case.bind(arena.bytes_mut(place), order.seed);
    let layout = layout(start, &bench);
    if let Err(reason) = bed::check(&mut bench, order.checksums) {
        return say(output, Answer::Refused { reason });
    }
    let mut bed = match Bed::new(clock, &case, bench) {
        Ok(bed) => bed,
        Err(reason) => return say(output, Answer::Refused { reason }),
    };
    let sizes = sampler::sizes(&mut bed, order.plan);
    let prepared = Prepared {
        independent: sizes.independent,
        dependent: sizes.dependent,
        call_ns: sizes.call_ns,
        place,
        layout,
        large_pages,
    };
    say(output, Answer::Prepared(prepared))?;
    say(output, Answer::Done)?;
    let mut switches = 0;
    while let Some(job) = super::next_job(input)? {
        let answer = match job.map(|job| job.task) {
            Ok(Task::Slice { mode, iterations, duration }) => {
                let before = accounting::switches().unwrap_or_default();
                let samples = sampler::slice(&mut bed, order.plan, mode, iterations, duration);
                switches += accounting::switches().unwrap_or_default() - before;
                bed.failure().map_or_else(|reason| Answer::Refused { reason }, |()| Answer::Sliced(samples))
            }
            Ok(Task::Finish) => {
                // In shared memory the output may be the other program's, which may round otherwise.
                bed.bench.run_whole();
                let checksums = bed::checksums(&bed.bench);
                let finished = Finished { checksums, peak_memory_bytes: memory::peak_bytes(), switches };
                return say(output, Answer::Finished(finished));
            }
            Ok(_) => Answer::Refused { reason: format!("{case} is prepared; finish it first") },
            Err(reason) => Answer::Refused { reason },
        };
        say(output, answer)?;
        say(output, Answer::Done)?;
    }
    Ok(())
}

/// Where each buffer starts and how long it is, from the start of all.
fn layout(start: usize, bench: &Bench<'_>) -> String {
    let operands = bench.operands();
    let buffers = operands.input_bytes().chain([operands.output()]);
    let places = buffers.map(|bytes| format!("{}+{}", bytes.as_ptr().addr() - start, bytes.len()));
    places.collect::<Vec<_>>().join(" ")
}

fn ready(order: &Order<'_>) -> Result<(Case, Arena), String> {
    let case = bed::case(order.case)?;
    let arena = match order.memory {
        Some(path) => shared(&case, path)?,
        None => bed::arena(&case)?,
    };
    Ok((case, arena))
}

/// Memory that another worker shares.
#[cfg(target_os = "linux")]
fn shared(case: &Case, path: &Path) -> Result<Arena, String> {
    let file = std::fs::File::options().read(true).write(true).open(path);
    let failed = |error: io::Error| format!("{case}: the memory that both shall share, {}: {error}", path.display());
    Arena::shared(case.layout().arena_bytes(), &file.map_err(failed)?).map_err(failed)
}

/// Memory that another worker shares; nobody asks for it here.
#[cfg(not(target_os = "linux"))]
fn shared(case: &Case, path: &Path) -> Result<Arena, String> {
    Err(format!("{case}: this system shares no memory by a path such as {}", path.display()))
}
