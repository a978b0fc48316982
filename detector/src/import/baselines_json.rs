//! The form `{baselines: {PLATFORM: {rust_implementation: {…}, cpp_implementation: {…}}}, alerts: {critical,
//! warning}}`.
//!
//! Each implementation is a case of that name. A field's unit is read from its name: `throughput_tokens_per_second`,
//! `latency_p95_ms`, `memory_usage_mb`, `cpu_usage_percent`, `accuracy_score`. Other times, such as
//! `model_load_time_ms`, become cases of their own, `rust_implementation/model_load_time`. A megabyte is 1,000,000
//! bytes. What is `null` is not there. `performance_ratios` follow from the rest and are passed over. The limits of
//! `critical` and `warning` stand under `alerts` or `thresholds`; those that are missing are Tidegauge's own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schema::{
    baselines::{Baselines, PartialLimits, Thresholds},
    case::ThroughputUnit,
    document::{Document as _, Invalid},
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
    baselines: Named<Option<Named<Option<Named<Value>>>>>,
    thresholds: Option<Levels>,
    alerts: Option<Levels>,
}

/// The limits of each level.
#[derive(Default, Deserialize)]
struct Levels {
    critical: Option<Named<Value>>,
    warning: Option<Named<Value>>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
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
        for (name, fields) in implementations.iter().flat_map(|implementations| &implementations.0) {
            let place = format!("baselines.{platform}.{name}");
            match fields {
                _ if name == "performance_ratios" => passed_over.push(format!("{place}, which follows from the rest")),
                None => passed_over.push(format!("{place}, which is null")),
                Some(fields) if fields.0.is_empty() => passed_over.push(format!("{place}, which is empty")),
                Some(fields) => benchmarks.extend(cases(&place, name, &fields.0, &mut passed_over)?),
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

impl Field {
    /// The field of a case that it fills; `None` for one that has a case of its own, or is not known.
    fn fills(&self) -> Option<&'static str> {
        Some(match self {
            Self::Throughput(_) => "throughput.value",
            Self::P50(_) => "latency.p50_ns",
            Self::P95(_) => "latency.p95_ns",
            Self::P99(_) => "latency.p99_ns",
            Self::Mean(_) => "latency.mean_ns",
            Self::Min(_) => "latency.min_ns",
            Self::Memory(_) => "peak_memory_bytes",
            Self::CpuPercent => "cpu_percent",
            Self::Accuracy => "accuracy",
            Self::OtherTime(..) | Self::Unknown => return None,
        })
    }
}

/// The case of an implementation, and those of its other times.
fn cases(
    place: &str,
    name: &str,
    fields: &[(String, Value)],
    passed_over: &mut Vec<String>,
) -> Result<Vec<Benchmark>, Refusal> {
    let mut case = Benchmark::new(name, place, Figures::default());
    let mut others = Vec::new();
    // Two names may mean one quantity, `latency_p50_ms` and `latency_p50_us`, and neither is the better one.
    let mut filled: BTreeMap<String, &str> = BTreeMap::new();
    for (field, value) in fields {
        let refused =
            |problem| Refusal { place: Some(format!("{place}.{field}")), benchmark: Some(name.to_owned()), problem };
        let meaning = meaning(field);
        if value.is_null() {
            match meaning.fills() {
                Some(of_case) => {
                    case.lacks.entry(of_case).or_insert_with(|| format!("{field} is null in the file"));
                }
                None => passed_over.push(format!("{place}.{field}, which is null")),
            }
            continue;
        }
        let Some(number) = value.as_f64() else {
            let problem = format!("must be a number, found {}; write one, or leave it out", quoted(&value.to_string()));
            return Err(refused(Problem::Malformed(problem)));
        };
        let slot = match &meaning {
            Field::OtherTime(what, _) => what.clone(),
            other => other.fills().unwrap_or(field).to_owned(),
        };
        if let Some(first) = filled.insert(slot, field) {
            let problem = format!("it tells the same as {}; keep one of them", shortened(first));
            return Err(refused(Problem::Malformed(problem)));
        }
        let time = |unit: &str| time_ns(number, unit).map(Some).map_err(refused);
        let figures = &mut case.launches[0];
        match meaning {
            Field::Throughput(counts) => (figures.throughput, case.unit) = (Some(number), Some(counts)),
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
            Field::Unknown => {
                let problem = "its name tells no quantity and unit that are known; rename it to one like \
                               throughput_tokens_per_second, latency_p50_ms, memory_usage_mb or accuracy_score, or \
                               leave it out"
                    .to_owned();
                return Err(refused(Problem::Malformed(problem)));
            }
        }
    }
    let mut cases = Vec::new();
    if case.launches[0] != Figures::default() {
        cases.push(case);
    }
    cases.extend(others);
    if cases.is_empty() {
        passed_over.push(format!("{place}, which has no numbers"));
    }
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

/// Limits as they stand in the document.
struct Found<'d> {
    section: &'static str,
    level: &'static str,
    limits: PartialLimits,
    names: Vec<&'d str>,
}

/// The document's limits over Tidegauge's own.
fn thresholds(document: &Document, passed_over: &mut Vec<String>) -> Result<Thresholds, Refusal> {
    let mut found: Vec<Found> = Vec::new();
    for (section, levels) in [("alerts", &document.alerts), ("thresholds", &document.thresholds)] {
        let Some(levels) = levels else { continue };
        let others = levels.others.keys();
        passed_over.extend(others.map(|other| format!("{section}.{other}, which is neither critical nor warning")));
        for (level, limits) in [("critical", &levels.critical), ("warning", &levels.warning)] {
            let Some(limits) = limits else { continue };
            let limits = limits_of(section, level, limits)?;
            if found.iter().any(|other| other.level == level && other.limits != limits.limits) {
                let problem = "alerts and thresholds disagree; keep one of them".to_owned();
                return Err(refused_at(format!("{section}.{level}"), problem));
            }
            found.push(limits);
        }
    }
    let mut thresholds = Thresholds::default();
    for Found { level, limits, .. } in &found {
        let of_level = if *level == "critical" { &mut thresholds.critical } else { &mut thresholds.warning };
        *of_level = of_level.overridden(limits);
    }
    // Each level is in its range, so that only the two can be wrong together.
    checked(&thresholds).map_err(|invalid| disagreement(&found, &invalid))?;
    Ok(thresholds)
}

fn refused_at(place: String, problem: String) -> Refusal {
    Refusal { place: Some(place), ..Refusal::of_file(Problem::Malformed(problem)) }
}

/// Passes limits that baselines may have.
fn checked(thresholds: &Thresholds) -> Result<(), Invalid> {
    Baselines { thresholds: *thresholds, ..Baselines::new(Timestamp::UNIX_EPOCH) }.check()
}

/// The limits of a level, each of which is in its range.
fn limits_of<'d>(section: &'static str, level: &'static str, limits: &'d Named<Value>) -> Result<Found<'d>, Refusal> {
    let asked = "; write one, or leave it out";
    for (field, value) in &limits.0 {
        if !value.is_null() && value.as_f64().is_none_or(|limit| limit <= 0.0) {
            let problem = format!("must be a number above 0, found {}{asked}", shown(value));
            return Err(refused_at(format!("{section}.{level}.{}", shortened(field)), problem));
        }
    }
    let names = limits.0.iter().map(|(field, _)| field.as_str()).collect();
    let limits: PartialLimits = serde_json::from_value(limits.0.iter().cloned().collect()).map_err(|error| {
        let wrong = shortened(&error.to_string());
        let problem = format!("{wrong}; name limits as `generator schema baselines` does");
        refused_at(format!("{section}.{level}"), problem)
    })?;
    let own = Thresholds::default().critical.overridden(&limits);
    checked(&Thresholds { critical: own, warning: own }).map_err(|invalid| {
        let field = invalid.place.rsplit('.').next().unwrap_or_default();
        refused_at(format!("{section}.{level}.{field}"), format!("{}{asked}", invalid.problem))
    })?;
    Ok(Found { section, level, limits, names })
}

/// A value, a text with quotes of its own.
fn shown(value: &Value) -> String {
    if value.is_number() { value.to_string() } else { quoted(&value.to_string()) }
}

/// A critical limit is below the warning one, and Tidegauge's own limit may be one of the two.
fn disagreement(found: &[Found<'_>], invalid: &Invalid) -> Refusal {
    let field = invalid.place.rsplit('.').next().unwrap_or_default();
    let section = found.first().map_or("alerts", |found| found.section);
    let given = |level: &str| found.iter().find(|found| found.level == level && found.names.contains(&field));
    let (section, level, other) = match (given("critical"), given("warning")) {
        (Some(critical), _) => (critical.section, "critical", "warning"),
        (None, Some(warning)) => (warning.section, "warning", "critical"),
        (None, None) => (section, "critical", "warning"),
    };
    let of_critical = if level == "critical" { "" } else { "the critical one of Tidegauge's own " };
    refused_at(
        format!("{section}.{level}.{field}"),
        format!(
            "{of_critical}{}; give a number above 0 that fits, and give {section}.{other}.{field} too",
            invalid.problem
        ),
    )
}
