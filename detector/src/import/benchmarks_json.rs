//! The form `{version, timestamp, environment, benchmarks: [{name, duration_ms, throughput, memory_mb, iterations}]}`.
//!
//! `duration_ms` is taken as the time of one iteration, and `throughput` as work a second of no stated unit. A megabyte
//! is 1,000,000 bytes. What is `null` is not there.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::{
    json::{self, Named},
    part_of_key, platform_of,
    quantity::{bytes, scaled},
    refusal::{Problem, Refusal, quoted},
    run::{Benchmark, Figures, Origin, Run},
};

#[derive(Deserialize)]
struct Output {
    timestamp: Option<String>,
    environment: Option<Value>,
    benchmarks: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    name: String,
    duration_ms: Option<f64>,
    throughput: Option<f64>,
    memory_mb: Option<f64>,
    iterations: Option<u64>,
}

/// The names of all fields.
#[derive(Deserialize)]
struct Fields {
    benchmarks: Vec<Named<Option<IgnoredAny>>>,
}

/// The fields that are taken.
const TAKEN: [&str; 5] = ["name", "duration_ms", "throughput", "memory_mb", "iterations"];

/// Reads a document.
///
/// # Errors
///
/// When a benchmark cannot be read, stands twice, or there is none.
pub fn parse(text: &str) -> Result<Run, Refusal> {
    let output: Output = json::read(text, "benchmarks", "name")?;
    let fields: Fields = json::read(text, "benchmarks", "name")?;
    let others: BTreeSet<&str> = fields
        .benchmarks
        .iter()
        .flat_map(|fields| &fields.0)
        .map(|(field, _)| field.as_str())
        .filter(|field| !TAKEN.contains(field))
        .collect();
    let passed_over = others.iter().map(|field| format!("the field {}", quoted(field))).collect();
    let mut benchmarks = Vec::new();
    for (index, (measured, fields)) in output.benchmarks.into_iter().zip(&fields.benchmarks).enumerate() {
        let mut benchmark = benchmark(index, measured)?;
        for (field, of_case) in
            [("duration_ms", "latency.p50_ns"), ("throughput", "throughput.value"), ("memory_mb", "peak_memory_bytes")]
        {
            if fields.0.iter().any(|(name, value)| name == field && value.is_none()) {
                benchmark.lacks.insert(of_case, format!("{field} is null in the file"));
            }
        }
        benchmarks.push(benchmark);
    }
    let mut origin = output.environment.as_ref().map(origin).unwrap_or_default();
    origin.created = output.timestamp.as_deref().map(created).transpose()?;
    Run::new(origin, benchmarks, passed_over)
}

/// # Errors
///
/// When the time has no zone: whose it would be can only be guessed.
pub(super) fn created(text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| Refusal {
        place: Some("timestamp".to_owned()),
        ..Refusal::of_file(Problem::Malformed(format!(
            "{} is no time with a zone, like 2026-01-31T04:00:00Z; write it so",
            quoted(text)
        )))
    })
}

/// What an environment says in words that are understood; it may be anything. A platform that it names is never taken
/// for another one.
fn origin(environment: &Value) -> Origin {
    let text = |names: &[&str]| names.iter().find_map(|name| environment.get(name)?.as_str()).map(str::to_owned);
    let (platform, os, arch) = (text(&["platform"]), text(&["os"]), text(&["arch", "architecture"]));
    let origin = Origin { cpu: text(&["cpu_model", "cpu"]), os: os.clone(), ..Origin::default() };
    let named = platform.as_deref().and_then(|platform| platform.split_once('-'));
    let told = os.as_deref().zip(arch.as_deref());
    let key = |(system, machine): (&str, &str)| platform_of(system, machine).ok();
    // Python's `Linux-5.15.0-x86_64-with-glibc2.35` has a release in it; system and processor stand beside it.
    let same_system = |(os, _): &(&str, &str)| named.is_none_or(|(system, _)| part_of_key(system) == part_of_key(os));
    let known = named.and_then(key).or_else(|| told.filter(same_system).and_then(key));
    if known.is_some() {
        return Origin { platform: known, ..origin };
    }
    let of_parts = told.map(|(os, arch)| format!("{os}-{arch}"));
    let foreign_platform = platform.clone().filter(|_| named.is_some()).or(of_parts);
    let parts = [platform, os, arch].into_iter().flatten().filter(|_| foreign_platform.is_none());
    Origin { platform_parts: parts.map(|part| part_of_key(&part)).collect(), foreign_platform, ..origin }
}

fn benchmark(index: usize, measured: Measured) -> Result<Benchmark, Refusal> {
    let mut benchmark = Benchmark::new(measured.name, format!("benchmarks[{index}]"), Figures::default());
    if measured.duration_ms.is_none() && measured.throughput.is_none() {
        let problem = "it has neither duration_ms nor throughput; measure it, or leave it out of the file".to_owned();
        return Err(benchmark.refused(Problem::Malformed(problem)));
    }
    let memory_bytes = measured.memory_mb.map(|megabytes| {
        bytes(scaled(megabytes, 6))
            .ok_or_else(|| benchmark.refused(Problem::out_of_range("its memory_mb", "a number above 0", megabytes)))
    });
    let memory_bytes = memory_bytes.transpose()?;
    benchmark.launches = vec![Figures {
        p50_ns: measured.duration_ms.map(|duration_ms| scaled(duration_ms, 6)),
        throughput: measured.throughput,
        // What the iterations come to in one number is one sample of them.
        samples: measured.iterations.map(|_| 1),
        iterations: measured.iterations,
        memory_bytes,
        ..Figures::default()
    }];
    Ok(benchmark)
}
