//! What a run of a foreign tool said: neutral rows, the same for every format.
//!
//! A [`Run`] that exists has been checked: it has a benchmark, every benchmark a name that a case may have, and every
//! number is finite and in its range.

use std::collections::{BTreeMap, btree_map::Entry};

use jiff::Timestamp;
use platforms::PlatformKey;
use schema::{case::ThroughputUnit, context::Git, report::CASE_ID_BYTES};

use super::refusal::{Problem, Refusal};

/// One run of a foreign tool, as its file tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Where it comes from, as far as the file tells.
    pub origin: Origin,
    /// The benchmarks, in the order of the file; no two have the same name and scope.
    pub benchmarks: Vec<Benchmark>,
    /// What the file has and a report has no place for, and what was not run; for people.
    pub passed_over: Vec<String>,
}

/// Where numbers come from. `None` is what the source does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The platform it ran on.
    pub platform: Option<PlatformKey>,
    /// The CPU's name.
    pub cpu: Option<String>,
    /// CPUs as the operating system counts them.
    pub logical_cpus: Option<u32>,
    /// Caches by name, one instance each, in bytes.
    pub caches_bytes: BTreeMap<String, u64>,
    /// The operating system.
    pub os: Option<String>,
    /// The kernel's version.
    pub kernel: Option<String>,
    /// The state of the source.
    pub git: Option<Git>,
    /// When it ran.
    pub created: Option<Timestamp>,
}

/// One benchmark of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// Its own name.
    pub name: String,
    /// Where it stands in the file: `line 3`, `benchmarks[2]`.
    pub place: String,
    /// What tells it from others of its name: a package, a module.
    pub scope: Option<String>,
    /// What its throughput counts; `None` where there is none, or the source names no unit.
    pub unit: Option<ThroughputUnit>,
    /// One entry a launch, at least one.
    pub launches: Vec<Figures>,
    /// Why a field of a case is `null`, by the field's name.
    pub lacks: BTreeMap<&'static str, String>,
}

/// What one launch measured. `None` is what the source does not tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Calls that were timed singly, in nanoseconds; empty where they were timed in batches, or are not told one by
    /// one.
    pub calls_ns: Vec<f64>,
    /// The time of a call, in nanoseconds: the median, or what the source gives in its place.
    pub p50_ns: Option<f64>,
    /// The 95th percentile of the source's own reckoning, in nanoseconds.
    pub p95_ns: Option<f64>,
    /// The 99th percentile of the source's own reckoning, in nanoseconds.
    pub p99_ns: Option<f64>,
    /// The mean, in nanoseconds.
    pub mean_ns: Option<f64>,
    /// The least, in nanoseconds.
    pub min_ns: Option<f64>,
    /// Work a second, in the benchmark's unit.
    pub throughput: Option<f64>,
    /// Samples taken.
    pub samples: Option<u32>,
    /// Calls in a sample; `None` also where samples have different ones.
    pub iterations: Option<u64>,
    /// The largest resident memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// CPU time over wall time, in percent.
    pub cpu_percent: Option<f64>,
    /// The share of outputs that are right, from 0 to 1.
    pub accuracy: Option<f64>,
}

impl Run {
    /// A run of these benchmarks.
    ///
    /// # Errors
    ///
    /// When there is none, one has a name that no case may have, two have the same one, or a number is out of range.
    pub fn new(origin: Origin, benchmarks: Vec<Benchmark>, passed_over: Vec<String>) -> Result<Self, Refusal> {
        if benchmarks.is_empty() {
            return Err(Refusal::of_file(Problem::NoBenchmark));
        }
        let mut places: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
        for benchmark in &benchmarks {
            benchmark.check()?;
            match places.entry((&benchmark.name, benchmark.scope.as_deref())) {
                Entry::Vacant(new) => {
                    new.insert(&benchmark.place);
                }
                Entry::Occupied(first) => {
                    let first = (*first.get()).to_owned();
                    return Err(benchmark.refused(Problem::Twice { first }));
                }
            }
        }
        Ok(Self { origin, benchmarks, passed_over })
    }
}

impl Benchmark {
    /// A benchmark of one launch, which states no unit.
    #[must_use]
    pub fn new(name: impl Into<String>, place: impl Into<String>, figures: Figures) -> Self {
        Self {
            name: name.into(),
            place: place.into(),
            scope: None,
            unit: None,
            launches: vec![figures],
            lacks: BTreeMap::new(),
        }
    }

    /// What is wrong with it, at its place.
    #[must_use]
    pub fn refused(&self, problem: Problem) -> Refusal {
        Refusal { place: Some(self.place.clone()), benchmark: Some(self.name.clone()), problem }
    }

    fn check(&self) -> Result<(), Refusal> {
        check_name(&self.name).map_err(|problem| self.refused(Problem::Name(problem)))?;
        self.launches.iter().try_for_each(Figures::check).map_err(|problem| self.refused(problem))
    }
}

/// Passes a name that a case may have.
pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        Err("is empty")
    } else if name.len() > CASE_ID_BYTES {
        Err("is too long")
    } else if name.chars().any(char::is_control) {
        Err("has control characters")
    } else {
        Ok(())
    }
}

impl Figures {
    /// Of samples, each of which is a time per call in nanoseconds and timed `iterations` calls; `None` where they
    /// timed different numbers of calls, or that is not told.
    #[must_use]
    pub fn of_samples(calls_ns: Vec<f64>, iterations: Option<u64>) -> Self {
        Self {
            p50_ns: statistics::median(&calls_ns),
            mean_ns: (!calls_ns.is_empty()).then(|| calls_ns.iter().sum::<f64>() / calls_ns.len() as f64),
            min_ns: calls_ns.iter().copied().reduce(f64::min),
            samples: u32::try_from(calls_ns.len()).ok(),
            iterations,
            calls_ns: if iterations == Some(1) { calls_ns } else { Vec::new() },
            ..Self::default()
        }
    }

    fn check(&self) -> Result<(), Problem> {
        let singly = self.calls_ns.iter().map(|&call_ns| ("a call's time", Some(call_ns)));
        let numbers = [
            ("its time", self.p50_ns),
            ("its 95th percentile", self.p95_ns),
            ("its 99th percentile", self.p99_ns),
            ("its mean", self.mean_ns),
            ("its least time", self.min_ns),
            ("its throughput", self.throughput),
        ];
        for (what, number) in numbers.into_iter().chain(singly) {
            if let Some(found) = number.filter(|number| !number.is_finite() || *number <= 0.0) {
                return Err(Problem::out_of_range(what, "a number above 0", found));
            }
        }
        if let Some(found) = self.cpu_percent.filter(|percent| !percent.is_finite() || *percent < 0.0) {
            return Err(Problem::out_of_range("its CPU time", "a number of at least 0", found));
        }
        match self.accuracy {
            Some(found) if !(0.0..=1.0).contains(&found) => {
                Err(Problem::out_of_range("its accuracy", "a number from 0 to 1", found))
            }
            _ if self.memory_bytes == Some(0) => Err(Problem::out_of_range("its memory", "at least a byte", 0.0)),
            _ => Ok(()),
        }
    }
}
