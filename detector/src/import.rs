//! What people already have: the output of other tools, turned into documents of ours.
//!
//! One file a format, each pure: a text goes in, neutral rows ([`run::Run`]) come out. [`assembly`] makes a report of
//! them, or baselines; files are read by the program's verb. A number is taken, or it is `null` with a reason; a unit
//! is converted, or refused; a benchmark is taken, or the whole file is refused with that benchmark's name.
//!
//! | format | a case is named by | time of a call | launches |
//! |---|---|---|---|
//! | [`criterion`] (folder) | `full_id` | median, mean, least of the samples | one a folder |
//! | [`criterion_text`] | the name in the line | criterion's estimate | one a run |
//! | [`bencher`] | the test's name | median, in whole ns | one a run |
//! | [`hyperfine`] | the command, its parameters | each run's time | each run |
//! | [`google_benchmark`] | `run_name` | real time of an iteration | each repetition |
//! | [`pytest_benchmark`] | `fullname` | median, mean, least of the rounds | one a file |
//! | [`go`] | `BenchmarkX-8` | mean of the iterations | each of `-count` |
//! | [`divan`] | the path to the leaf | median, mean, fastest | one a run |
//! | [`benchmarks_json`] | `name` | `duration_ms` | one a file |
//! | [`baselines_json`] | the implementation | p50, p95, p99, mean, least | none: a number a metric |
//!
//! | format | throughput | it tells beside them | it lacks |
//! |---|---|---|---|
//! | [`criterion`] (folder) | bytes, bits or elements, by the median | | platform, commit, time |
//! | [`criterion_text`] | as printed | | median, mean, least, samples; the same |
//! | [`bencher`] | as printed | | mean, least, samples; the same |
//! | [`hyperfine`] | none | memory, in newer versions | platform, commit, time |
//! | [`google_benchmark`] | items, else bytes, as written | CPUs, caches, time | least, platform, commit |
//! | [`pytest_benchmark`] | none | platform, CPU, commit, time | |
//! | [`go`] | as printed | platform, CPU | least, commit, time |
//! | [`divan`] | as printed | | platform, commit, time |
//! | [`benchmarks_json`] | of no stated unit | memory, platform, CPU, time | mean, least, commit |
//! | [`baselines_json`] | by the field's name | memory, CPU time, accuracy, limits | launches, commit |
//!
//! Several files, or several runs in one where the format says which is which, are launches of the same cases. Where
//! the source gives one figure of a launch and does not call it a median, that figure stands in `latency_p50_ns`, since
//! it is what two such runs can be compared by; the report's `profile` names the format, and a comparison of two
//! formats says so. None of the sources tells what this machine's own documents add: seed, toolchain, settings,
//! controls.
//!
//! **The machine.** Where the source does not tell its platform, `--platform` does; else it is taken to be this host's,
//! and that is said aloud, unless the source names another system or processor than this host's. The class is
//! `imported.PLATFORM.CPU`, or `--class`: two imports of one machine are compared, those of evidently different ones are
//! not. Where nothing tells the CPU it is `unknown`, and all such imports of a platform pass for one machine.

pub mod assembly;
pub mod baselines_json;
pub mod bencher;
pub mod benchmarks_json;
mod console;
pub mod criterion;
pub mod criterion_text;
pub mod divan;
pub mod go;
pub mod google_benchmark;
pub mod hyperfine;
mod json;
pub mod pytest_benchmark;
mod quantity;
pub mod refusal;
pub mod run;

use platforms::PlatformKey;
use refusal::{Problem, Refusal};
use run::Run;

/// A format of which a file is a run. criterion's folder has many files a run, and the form with baselines is no run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// [`criterion_text`].
    CriterionText,
    /// [`bencher`].
    Bencher,
    /// [`hyperfine`].
    Hyperfine,
    /// [`google_benchmark`].
    GoogleBenchmark,
    /// [`pytest_benchmark`].
    PytestBenchmark,
    /// [`go`].
    Go,
    /// [`divan`].
    Divan,
    /// [`benchmarks_json`].
    BenchmarksJson,
}

impl Format {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::CriterionText,
        Self::Bencher,
        Self::Hyperfine,
        Self::GoogleBenchmark,
        Self::PytestBenchmark,
        Self::Go,
        Self::Divan,
        Self::BenchmarksJson,
    ];

    /// Its name after `--from`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CriterionText => "criterion-text",
            Self::Bencher => "bencher",
            Self::Hyperfine => "hyperfine",
            Self::GoogleBenchmark => "google-benchmark",
            Self::PytestBenchmark => "pytest-benchmark",
            Self::Go => "go",
            Self::Divan => "divan",
            Self::BenchmarksJson => "benchmarks-json",
        }
    }

    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// When a benchmark of it cannot be read, or there is none.
    pub fn parse(self, text: &str) -> Result<Run, Refusal> {
        match self {
            Self::CriterionText => criterion_text::parse(text),
            Self::Bencher => bencher::parse(text),
            Self::Hyperfine => hyperfine::parse(text),
            Self::GoogleBenchmark => google_benchmark::parse(text),
            Self::PytestBenchmark => pytest_benchmark::parse(text),
            Self::Go => go::parse(text),
            Self::Divan => divan::parse(text),
            Self::BenchmarksJson => benchmarks_json::parse(text),
        }
    }
}

/// The part of a platform's key that others call `Linux`, `darwin`, `arm64` or the like.
fn part_of_key(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "darwin" => "macos".to_owned(),
        "amd64" | "x64" | "x86-64" => "x86_64".to_owned(),
        "arm64" => "aarch64".to_owned(),
        _ => name,
    }
}

/// What a source that does not tell its platform tells of it, as in a key.
fn parts(platform: Option<PlatformKey>, told: [&Option<String>; 2]) -> Vec<String> {
    let told = told.into_iter().flatten().filter(|_| platform.is_none());
    told.map(|part| part_of_key(part)).collect()
}

/// The platform that others call `system` and `machine`: `Linux` and `x86_64`, `darwin` and `arm64`.
fn platform_of(system: &str, machine: &str) -> Result<PlatformKey, Problem> {
    format!("{}-{}", part_of_key(system), part_of_key(machine)).parse().map_err(
        |unknown: platforms::key::UnknownPlatform| {
            Problem::Malformed(format!(
                "it ran on an {}; only those can be imported",
                refusal::shortened(&unknown.to_string())
            ))
        },
    )
}
