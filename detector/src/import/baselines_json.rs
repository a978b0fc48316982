//! The form `{baselines: {PLATFORM: {rust_implementation: {…}, cpp_implementation: {…}}}, alerts: {critical,
//! warning}}`.
//!
//! Each implementation is a case of that name. A field's unit is read from its name: `throughput_tokens_per_second`,
//! `latency_p95_ms`, `memory_usage_mb`, `cpu_usage_percent`, `accuracy_score`. Other times, such as
//! `model_load_time_ms`, become cases of their own, `rust_implementation/model_load_time`. A megabyte is 1,000,000
//! bytes. `performance_ratios` follow from the rest and are passed over. The limits of `critical` and `warning` stand
//! under `alerts` or `thresholds`; those that are missing are Tidegauge's own.

use jiff::Timestamp;
use schema::{
    baselines::{PartialLimits, Thresholds},
    case::ThroughputUnit,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    benchmarks_json::created,
    json::{self, Named},
    quantity::{bytes, scaled, time_ns},
    refusal::{Problem, Refusal, quoted, shortened},
    run::{Benchmark, Figures, Origin, Run},
};

/// What such a document expects.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// When it was written, where it says so.
    pub updated: Option<Timestamp>,
    /// Its limits, Tidegauge's own where it has none.
    pub thresholds: Thresholds,
    /// The platforms by the document's own names, each with its cases.
    pub platforms: Vec<(String, Run)>,
    /// What it has and a baseline has no place for, for people.
    pub passed_over: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    last_updated: Option<String>,
    updated: Option<String>,
    timestamp: Option<String>,
    baselines: Named<Named<Named<Value>>>,
    thresholds: Option<Named<Value>>,
    alerts: Option<Named<Value>>,
}

/// Reads a document.
///
/// # Errors
///
/// When a number or a unit cannot be understood, two limits disagree or make no sense, or there is no benchmark.
pub fn parse(text: &str) -> Result<Expected, Refusal> {
    let document: Document = json::read(text, "", "")?;
    let mut passed_over = Vec::new();
    let mut platforms = Vec::new();
    for (platform, implementations) in &document.baselines.0 {
        let mut benchmarks = Vec::new();
        for (name, fields) in &implementations.0 {
            let place = format!("baselines.{platform}.{name}");
            if name == "performance_ratios" {
                passed_over.push(format!("{place}, which follows from the rest"));
            } else if fields.0.is_empty() {
                passed_over.push(format!("{place}, which is empty"));
            } else {
                benchmarks.extend(cases(&place, name, &fields.0)?);
            }
        }
        if benchmarks.is_empty() {
            passed_over.push(format!("baselines.{platform}, which has no numbers"));
        } else {
            platforms.push((platform.clone(), Run::new(Origin::default(), benchmarks, Vec::new())?));
        }
    }
    if platforms.is_empty() {
        return Err(Refusal::of_file(Problem::NoBenchmark));
    }
    let thresholds = thresholds(&document, &mut passed_over)?;
    let updated = document.last_updated.or(document.updated).or(document.timestamp);
    Ok(Expected { updated: updated.as_deref().map(created).transpose()?, thresholds, platforms, passed_over })
}

/// What a field holds, by its name.
enum Field {
    Throughput(ThroughputUnit),
    P50(String),
    P95(String),
    P99(String),
    Mean(String),
    Min(String),
    /// As a power of ten, or a factor of 1,024.
    Memory(fn(f64) -> f64),
    CpuPercent,
    Accuracy,
    /// A time that a row has no field for: its name and its unit.
    OtherTime(String, String),
    /// Nothing that is known.
    Unknown,
}

/// The case of an implementation, and those of its other times.
fn cases(place: &str, name: &str, fields: &[(String, Value)]) -> Result<Vec<Benchmark>, Refusal> {
    let mut figures = Figures::default();
    let mut unit = None;
    let mut others = Vec::new();
    for (field, value) in fields {
        let refused =
            |problem| Refusal { place: Some(format!("{place}.{field}")), benchmark: Some(name.to_owned()), problem };
        let Some(number) = value.as_f64() else {
            let problem = format!("must be a number, found {}; write one, or leave it out", quoted(&value.to_string()));
            return Err(refused(Problem::Malformed(problem)));
        };
        let time = |unit: &str| time_ns(number, unit).map(Some).map_err(refused);
        match meaning(field) {
            Field::Throughput(counts) if unit.is_none() => (figures.throughput, unit) = (Some(number), Some(counts)),
            Field::P50(unit) => figures.p50_ns = time(&unit)?,
            Field::P95(unit) => figures.p95_ns = time(&unit)?,
            Field::P99(unit) => figures.p99_ns = time(&unit)?,
            Field::Mean(unit) => figures.mean_ns = time(&unit)?,
            Field::Min(unit) => figures.min_ns = time(&unit)?,
            Field::Memory(in_bytes) => {
                let whole = bytes(in_bytes(number)).filter(|bytes| *bytes > 0);
                let out_of_range = || refused(Problem::out_of_range("it", "a number above 0", number));
                figures.memory_bytes = Some(whole.ok_or_else(out_of_range)?);
            }
            Field::CpuPercent => figures.cpu_percent = Some(number),
            Field::Accuracy => figures.accuracy = Some(number),
            Field::OtherTime(what, unit) => {
                let figures = Figures { p50_ns: time(&unit)?, ..Figures::default() };
                others.push(Benchmark::new(format!("{name}/{what}"), format!("{place}.{field}"), figures));
            }
            Field::Throughput(_) | Field::Unknown => {
                let problem = "its name tells no quantity and unit that are known; rename it to one like \
                               throughput_tokens_per_second, latency_p50_ms, memory_usage_mb or accuracy_score, or \
                               leave it out"
                    .to_owned();
                return Err(refused(Problem::Malformed(problem)));
            }
        }
    }
    let mut cases = Vec::new();
    if figures != Figures::default() {
        cases.push(Benchmark { unit, ..Benchmark::new(name, place, figures) });
    }
    cases.extend(others);
    Ok(cases)
}

fn meaning(field: &str) -> Field {
    let throughputs = [
        ("throughput_tokens_per_second", ThroughputUnit::TokensPerSecond),
        ("throughput_flops_per_second", ThroughputUnit::FlopsPerSecond),
        ("throughput_bytes_per_second", ThroughputUnit::BytesPerSecond),
        ("throughput_elements_per_second", ThroughputUnit::ElementsPerSecond),
    ];
    if let Some((_, unit)) = throughputs.into_iter().find(|(name, _)| *name == field) {
        return Field::Throughput(unit);
    }
    match field {
        "cpu_usage_percent" | "cpu_percent" => return Field::CpuPercent,
        "accuracy_score" | "accuracy" => return Field::Accuracy,
        _ => {}
    }
    let Some((stem, unit)) = field.rsplit_once('_') else {
        return Field::Unknown;
    };
    if matches!(unit, "ns" | "us" | "ms" | "s") {
        let unit = unit.to_owned();
        return match stem {
            "latency_p50" | "latency_median" => Field::P50(unit),
            "latency_p95" => Field::P95(unit),
            "latency_p99" => Field::P99(unit),
            "latency_mean" => Field::Mean(unit),
            "latency_min" => Field::Min(unit),
            _ => Field::OtherTime(stem.to_owned(), unit),
        };
    }
    if !matches!(stem, "memory" | "memory_usage" | "memory_peak" | "peak_memory" | "peak_memory_usage") {
        return Field::Unknown;
    }
    match unit {
        "bytes" | "b" => Field::Memory(|number| number),
        "kb" => Field::Memory(|number| scaled(number, 3)),
        "mb" => Field::Memory(|number| scaled(number, 6)),
        "gb" => Field::Memory(|number| scaled(number, 9)),
        "kib" => Field::Memory(|number| number * 1024.0),
        "mib" => Field::Memory(|number| number * 1_048_576.0),
        "gib" => Field::Memory(|number| number * 1_073_741_824.0),
        _ => Field::Unknown,
    }
}

/// The document's limits over Tidegauge's own.
fn thresholds(document: &Document, passed_over: &mut Vec<String>) -> Result<Thresholds, Refusal> {
    let mut thresholds = Thresholds::default();
    let mut found: Vec<(&str, PartialLimits)> = Vec::new();
    for (section, levels) in [("alerts", &document.alerts), ("thresholds", &document.thresholds)] {
        for (level, limits) in levels.iter().flat_map(|levels| &levels.0) {
            let place = format!("{section}.{level}");
            let Some(level) = ["critical", "warning"].into_iter().find(|known| known == level) else {
                passed_over.push(format!("{place}, which is neither critical nor warning"));
                continue;
            };
            let refused =
                |problem| Refusal { place: Some(place.clone()), ..Refusal::of_file(Problem::Malformed(problem)) };
            let limits: PartialLimits = serde_json::from_value(limits.clone()).map_err(|error| {
                let wrong = shortened(&error.to_string());
                refused(format!("{wrong}; name limits as `generator schema baselines` does"))
            })?;
            if found.iter().any(|(known, other)| *known == level && *other != limits) {
                return Err(refused("alerts and thresholds disagree; keep one of them".to_owned()));
            }
            found.push((level, limits));
        }
    }
    for (level, limits) in found {
        let of_level = if level == "critical" { &mut thresholds.critical } else { &mut thresholds.warning };
        *of_level = of_level.overridden(&limits);
    }
    thresholds.check().map_err(|invalid| {
        let section = if document.alerts.is_some() { "alerts" } else { "thresholds" };
        let problem = format!("{}; correct it (limits that the file lacks are Tidegauge's own)", invalid.problem);
        Refusal { place: Some(format!("{section}.{}", invalid.place)), ..Refusal::of_file(Problem::Malformed(problem)) }
    })?;
    Ok(thresholds)
}
