//! pytest-benchmark's `--benchmark-json`: times of an iteration, in seconds.
//!
//! The rounds are the samples: all of them where `--benchmark-json` wrote them, else their median, mean and least. A
//! case is named by its `fullname`, `tests/test_sum.py::test_sum[10]`.

use jiff::{Timestamp, civil, tz::TimeZone};
use schema::context::Git;
use serde::Deserialize;

use super::{
    json, platform_of,
    quantity::scaled,
    refusal::Refusal,
    run::{Benchmark, Figures, Origin, Run},
};

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    machine_info: Machine,
    #[serde(default)]
    commit_info: Commit,
    datetime: Option<String>,
    benchmarks: Vec<Measured>,
}

#[derive(Default, Deserialize)]
struct Machine {
    system: Option<String>,
    #[serde(rename = "machine")]
    arch: Option<String>,
    release: Option<String>,
    #[serde(default)]
    cpu: Cpu,
}

#[derive(Default, Deserialize)]
struct Cpu {
    brand_raw: Option<String>,
    /// Its name in older versions.
    brand: Option<String>,
    count: Option<u32>,
}

#[derive(Default, Deserialize)]
struct Commit {
    id: Option<String>,
    dirty: Option<bool>,
    branch: Option<String>,
}

#[derive(Deserialize)]
struct Measured {
    name: String,
    fullname: Option<String>,
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    median: f64,
    mean: f64,
    min: f64,
    rounds: Option<u32>,
    iterations: Option<u64>,
    data: Option<Vec<f64>>,
}

/// Reads an output.
///
/// # Errors
///
/// When a benchmark cannot be read, stands twice, or there is none.
pub fn parse(text: &str) -> Result<Run, Refusal> {
    let output: Output = json::read(text, "benchmarks", "name")?;
    let origin = origin(&output)?;
    let benchmarks = output.benchmarks.into_iter().enumerate();
    Run::new(origin, benchmarks.map(|(index, measured)| benchmark(index, measured)).collect(), Vec::new())
}

fn origin(output: &Output) -> Result<Origin, Refusal> {
    let Machine { system, arch, release, cpu } = &output.machine_info;
    let platform = match (system, arch) {
        (Some(system), Some(arch)) => {
            let refused = |problem| Refusal { place: Some("machine_info".to_owned()), ..Refusal::of_file(problem) };
            Some(platform_of(system, arch).map_err(refused)?)
        }
        _ => None,
    };
    let commit = &output.commit_info;
    // Outside a repository it writes `unversioned`.
    let id = commit.id.as_ref().filter(|id| !id.is_empty() && id.chars().all(|digit| digit.is_ascii_hexdigit()));
    let branch = commit.branch.as_ref().filter(|branch| !branch.starts_with('(') && !branch.is_empty());
    let date = output.datetime.as_deref();
    let created = date.and_then(created);
    Ok(Origin {
        platform,
        cpu: cpu.brand_raw.clone().or_else(|| cpu.brand.clone()),
        logical_cpus: cpu.count,
        os: system.clone(),
        kernel: release.clone(),
        git: id.map(|id| Git {
            commit: id.clone(),
            branch: branch.cloned(),
            // What is not known to be clean is not.
            dirty: commit.dirty.unwrap_or(true),
        }),
        created,
        unclear_created: date.filter(|_| created.is_none()).map(str::to_owned),
        platform_parts: super::parts(platform, [system, arch]),
        ..Origin::default()
    })
}

/// Older versions write the time in UTC and do not say so.
fn created(text: &str) -> Option<Timestamp> {
    let in_utc = || text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| in_utc().map(|zoned| zoned.timestamp()))
}

fn benchmark(index: usize, measured: Measured) -> Benchmark {
    let Measured { name, fullname, stats } = measured;
    let seconds = |number: f64| scaled(number, 9);
    let figures = match stats.data {
        Some(data) if !data.is_empty() => {
            Figures::of_samples(data.into_iter().map(seconds).collect(), stats.iterations)
        }
        _ => Figures {
            p50_ns: Some(seconds(stats.median)),
            mean_ns: Some(seconds(stats.mean)),
            min_ns: Some(seconds(stats.min)),
            samples: stats.rounds,
            iterations: stats.iterations,
            ..Figures::default()
        },
    };
    Benchmark::new(fullname.unwrap_or(name), format!("benchmarks[{index}]"), figures)
}
