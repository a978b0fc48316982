//! A recording: samples of one case between probes, in one process, every sample kept with what the probes said.

use std::time::Duration;

use anyhow::{Context, ensure};
use generator::{clock::Clock, environment::accounting, memory::Arena};
use kernels::{
    Bench, Case,
    batch::{Batch, Mode},
};
use memmap2::MmapMut;
use serde::{Deserialize, Serialize};

use crate::probes::{self, Candidate, Probes};

/// What to record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The case.
    pub(crate) case: String,
    /// What its operands lie on.
    pub(crate) pages: Pages,
    /// Regions of memory to try.
    pub(crate) regions: usize,
    /// Where in each region the operands start, in bytes.
    pub(crate) offsets: Vec<usize>,
    /// The probes to try.
    pub(crate) candidates: Vec<Candidate>,
    /// How often to go round.
    pub(crate) passes: u32,
    /// How long to stay at one spot with one candidate.
    pub(crate) block: Duration,
    /// The shortest sample.
    pub(crate) sample: Duration,
}

impl Plan {
    /// The case in the way the generator does it, without a choice of places.
    pub(crate) fn of(case: &str, block: Duration) -> Self {
        Self {
            case: case.to_owned(),
            pages: Pages::Large,
            regions: 1,
            offsets: vec![0],
            candidates: vec![Candidate::Integer],
            passes: 1,
            block,
            sample: Duration::from_micros(10),
        }
    }
}

/// What operands lie on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Pages {
    /// Large pages where the system has them.
    Large,
    /// Small pages.
    Small,
    /// The same small pages in every region: other addresses of the same memory.
    Shared,
}

/// One sample.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Nanoseconds of one call.
    pub(crate) call_ns: f64,
    /// The longer of the integer probes before and after.
    pub(crate) integer_ns: f64,
    /// The same of the candidate.
    pub(crate) candidate_ns: f64,
    /// Whether the process lost its CPU meanwhile.
    pub(crate) switched: bool,
}

/// The samples of one spot with one candidate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Series {
    /// Which region.
    pub(crate) region: usize,
    /// Which offset in it.
    pub(crate) offset: usize,
    /// The candidate that stood beside the integer probe.
    pub(crate) candidate: Candidate,
    /// The samples, in the order they were taken.
    pub(crate) samples: Vec<Sample>,
}

/// A region of memory.
enum Region {
    Large(Arena),
    Mapped(MmapMut),
}

impl Region {
    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Large(arena) => arena.bytes_mut(0),
            Self::Mapped(map) => map,
        }
    }
}

fn regions(pages: Pages, count: usize, bytes: usize) -> anyhow::Result<Vec<Region>> {
    let shared = tempfile::tempfile()?;
    shared.set_len(bytes as u64)?;
    let region = || {
        Ok(match pages {
            Pages::Large => Region::Large(Arena::new(bytes)?),
            Pages::Small => {
                let map = MmapMut::map_anon(bytes)?;
                #[cfg(target_os = "linux")]
                map.advise(memmap2::Advice::NoHugePage)?;
                Region::Mapped(map)
            }
            // SAFETY: nobody else has the file, and no two regions are used at a time.
            Pages::Shared => Region::Mapped(unsafe { MmapMut::map_mut(&shared) }?),
        })
    };
    (0..count).map(|_| region()).collect()
}

/// Records.
pub(crate) fn record(plan: &Plan) -> anyhow::Result<Vec<Series>> {
    let case: Case = plan.case.parse()?;
    let bytes = case.layout().arena_bytes();
    let slack = plan.offsets.iter().max().context("an offset")?;
    let mut regions = regions(plan.pages, plan.regions, bytes + slack)?;
    for region in &mut regions {
        region.bytes_mut().fill(0);
    }
    let mut probes = Probes::new(&plan.candidates)?;
    let mut all: Vec<Series> = Vec::new();
    let clock = Clock::start();
    for _ in 0..plan.passes {
        for (region, memory) in regions.iter_mut().enumerate() {
            for &offset in &plan.offsets {
                let mut bench = case.bind(&mut memory.bytes_mut()[offset..offset + bytes], 42);
                let batch = size(&clock, &mut bench, plan.sample);
                ensure!(batch.iterations < 1 << 30, "{case} takes no time");
                for &candidate in &plan.candidates {
                    let samples = block(&clock, &mut bench, batch, candidate, &mut probes, plan.block);
                    let same = |series: &&mut Series| {
                        (series.region, series.offset, series.candidate) == (region, offset, candidate)
                    };
                    match all.iter_mut().find(same) {
                        Some(series) => series.samples.extend(samples),
                        None => all.push(Series { region, offset, candidate, samples }),
                    }
                }
            }
        }
    }
    Ok(all)
}

/// A batch that takes `least`, the caches warm after it.
fn size(clock: &Clock, bench: &mut Bench<'_>, least: Duration) -> Batch {
    let mut batch = Batch { iterations: 1, mode: Mode::Independent };
    loop {
        let fastest_ns = (0..3).map(|_| time_ns(clock, || bench.run(batch))).fold(f64::INFINITY, f64::min);
        if fastest_ns >= least.as_secs_f64() * 1e9 || batch.iterations >= 1 << 30 {
            return batch;
        }
        batch.iterations *= 2;
    }
}

fn block(
    clock: &Clock,
    bench: &mut Bench<'_>,
    batch: Batch,
    candidate: Candidate,
    probes: &mut Probes,
    length: Duration,
) -> Vec<Sample> {
    let begin_ns = clock.now_ns();
    let mut samples = Vec::with_capacity(1 << 14);
    let mut ask = || {
        let candidate_ns = time_ns(clock, || probes.run(candidate));
        (candidate_ns, time_ns(clock, probes::integer))
    };
    // What the last candidate left in the caches is not this one's fault.
    bench.run(batch);
    ask();
    bench.run(batch);
    let mut before = ask();
    let mut switches = accounting::switches();
    while u128::from(clock.now_ns() - begin_ns) < length.as_nanos() || samples.len() < 5 {
        let call_ns = time_ns(clock, || bench.run(batch)) / batch.iterations as f64;
        let after = ask();
        let switches_before = std::mem::replace(&mut switches, accounting::switches());
        samples.push(Sample {
            call_ns,
            candidate_ns: before.0.max(after.0),
            integer_ns: before.1.max(after.1),
            switched: switches != switches_before,
        });
        before = after;
    }
    samples
}

/// Nanoseconds that `work` takes.
pub(crate) fn time_ns(clock: &Clock, work: impl FnOnce()) -> f64 {
    let begin_ns = clock.now_ns();
    work();
    (clock.now_ns() - begin_ns) as f64
}
