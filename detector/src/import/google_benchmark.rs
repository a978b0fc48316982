//! google-benchmark's JSON, as `--benchmark_out` or `--benchmark_format=json` writes it.
//!
//! A repetition is a launch. The latency is the real time of an iteration; the rates are those of the source, which
//! counts them by CPU time unless the benchmark asks for real time. Mean, median and the like of several repetitions
//! are no benchmarks of their own; where the repetitions themselves were not written, their median stands for them.

use std::collections::{BTreeMap, BTreeSet};

use schema::case::ThroughputUnit;
use serde::Deserialize;
use serde_json::Value;

use super::{
    json,
    quantity::time_ns,
    refusal::{Problem, Refusal, quoted, shortened},
    run::{Benchmark, Figures, Origin, Run},
};

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    context: Machine,
    benchmarks: Vec<Row>,
}

#[derive(Default, Deserialize)]
struct Machine {
    date: Option<String>,
    num_cpus: Option<u32>,
    #[serde(default)]
    caches: Vec<Cache>,
}

#[derive(Deserialize)]
struct Cache {
    r#type: String,
    level: u32,
    size: u64,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    run_name: Option<String>,
    run_type: Option<String>,
    aggregate_name: Option<String>,
    repetitions: Option<u32>,
    repetition_index: Option<u32>,
    iterations: Option<u64>,
    real_time: Option<f64>,
    time_unit: Option<String>,
    bytes_per_second: Option<f64>,
    items_per_second: Option<f64>,
    #[serde(default)]
    error_occurred: bool,
    error_message: Option<String>,
    #[serde(default)]
    skipped: bool,
    skip_message: Option<String>,
    /// What else it has: the benchmark's own counters, and [`OWN`].
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// Fields of google-benchmark's own that are not taken. `cpu_time` is that of the same iterations, and the rest tells
/// which row it is.
const OWN: [&str; 15] = [
    "aggregate_unit",
    "allocs_per_iter",
    "big_o",
    "cpu_coefficient",
    "cpu_time",
    "complexity_n",
    "family_index",
    "label",
    "max_bytes_used",
    "net_heap_growth",
    "per_family_instance_index",
    "real_coefficient",
    "rms",
    "threads",
    "total_allocated_bytes",
];

/// Reads an output.
///
/// # Errors
///
/// When a benchmark cannot be read, failed, stands twice, or there is none.
pub fn parse(text: &str) -> Result<Run, Refusal> {
    let Output { context, benchmarks: rows } = json::read(text, "benchmarks", "name")?;
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let mut table = Table::default();
    let mut iterations = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match aggregate(row, &names) {
            None => iterations.push((index, row)),
            Some((of, what)) => table.aggregates.entry(of).or_default().push((index, what, row)),
        }
    }
    for (index, row) in iterations {
        table.iteration(index, row)?;
    }
    let (benchmarks, mut passed_over) = table.finish()?;
    let counters: BTreeSet<&str> = rows.iter().flat_map(|row| row.others.keys()).map(String::as_str).collect();
    let counters = counters.into_iter().filter(|name| !OWN.contains(name));
    passed_over.extend(counters.map(|name| format!("the counter {}", quoted(name))));
    Run::new(origin(&context), benchmarks, passed_over)
}

fn origin(machine: &Machine) -> Origin {
    let named = |cache: &Cache| {
        let letter = match cache.r#type.as_str() {
            "Data" => "d",
            "Instruction" => "i",
            _ => "",
        };
        (format!("l{}{letter}", cache.level), cache.size)
    };
    Origin {
        logical_cpus: machine.num_cpus,
        caches_bytes: machine.caches.iter().map(named).collect(),
        ..Origin::default()
    }
    .at(machine.date.as_deref())
}

/// Of which benchmark a row is the mean or the like, and what it is; `None` for a measurement. Older versions tell by
/// the name only.
fn aggregate<'r>(row: &'r Row, names: &BTreeSet<&str>) -> Option<(&'r str, &'r str)> {
    match row.run_type.as_deref() {
        Some("aggregate") => {
            let what = row.aggregate_name.as_deref().unwrap_or_default();
            Some((row.run_name.as_deref().unwrap_or(&row.name), what))
        }
        Some(_) => None,
        None => ["mean", "median", "stddev", "cv", "BigO", "RMS"].into_iter().find_map(|what| {
            let of = row.name.strip_suffix(what)?.strip_suffix('_')?;
            (names.contains(of) || matches!(what, "BigO" | "RMS")).then_some((of, what))
        }),
    }
}

#[derive(Default)]
struct Table<'r> {
    benchmarks: Vec<Benchmark>,
    /// By name: the index, and the repetitions that were met.
    known: BTreeMap<&'r str, (usize, BTreeSet<u32>)>,
    /// By name: place, kind and row.
    aggregates: BTreeMap<&'r str, Vec<(usize, &'r str, &'r Row)>>,
    passed_over: Vec<String>,
}

impl<'r> Table<'r> {
    fn iteration(&mut self, index: usize, row: &'r Row) -> Result<(), Refusal> {
        let name = row.run_name.as_deref().unwrap_or(&row.name);
        let place = format!("benchmarks[{index}]");
        let mut benchmark = Benchmark::new(name, place, Figures::default());
        if row.error_occurred {
            let message = row.error_message.clone().unwrap_or_else(|| "no message".to_owned());
            return Err(benchmark.refused(Problem::Failed(message)));
        }
        if row.skipped {
            let message = row.skip_message.as_deref().filter(|message| !message.is_empty()).unwrap_or("no message");
            self.passed_over.push(format!("{}, which was skipped: {}", quoted(name), shortened(message)));
            return Ok(());
        }
        (benchmark.launches[0], benchmark.unit) = figures(row).map_err(|problem| benchmark.refused(problem))?;
        benchmark.lacks.insert("latency.min_ns", "google-benchmark times the iterations together".to_owned());
        let Some((first, repetitions)) = self.known.get_mut(name) else {
            self.known.insert(name, (self.benchmarks.len(), row.repetition_index.into_iter().collect()));
            self.benchmarks.push(benchmark);
            return Ok(());
        };
        let first = &mut self.benchmarks[*first];
        // Two benchmarks may be registered under one name, and only the number of the repetition tells. Older versions
        // do not write it; there the one mean of all rows tells that they are repetitions.
        let means = self.aggregates.get(name).map_or(0, |of| of.iter().filter(|(_, what, _)| *what == "mean").count());
        let is_repetition = match row.repetition_index {
            Some(repetition) => !repetitions.is_empty() && repetitions.insert(repetition),
            None => repetitions.is_empty() && means == 1,
        };
        if !is_repetition {
            return Err(benchmark.refused(Problem::Twice { first: first.place.clone() }));
        }
        super::console::another_launch(first, benchmark)
    }

    fn finish(mut self) -> Result<(Vec<Benchmark>, Vec<String>), Refusal> {
        let mut fits = 0;
        for (name, rows) in &self.aggregates {
            let rows: Vec<_> = rows.iter().filter(|(_, what, _)| !matches!(*what, "BigO" | "RMS")).collect();
            fits += self.aggregates[name].len() - rows.len();
            let Some((index, ..)) = rows.first() else { continue };
            if self.known.contains_key(name) {
                continue;
            }
            let mut benchmark = Benchmark::new(*name, format!("benchmarks[{index}]"), Figures::default());
            let refused = |problem| benchmark.refused(problem);
            let of = |kind: &str| rows.iter().find(|(_, what, _)| *what == kind).map(|(_, _, row)| *row);
            let median = of("median").ok_or_else(|| {
                refused(Problem::Malformed("it has aggregates and no median; write the repetitions too".to_owned()))
            })?;
            let (figures_of_median, unit) = figures(median).map_err(refused)?;
            let mean_ns = of("mean").map(figures).transpose().map_err(refused)?.and_then(|(mean, _)| mean.p50_ns);
            benchmark.unit = unit;
            benchmark.launches =
                vec![Figures { mean_ns, samples: median.repetitions, iterations: None, ..figures_of_median }];
            self.benchmarks.push(benchmark);
        }
        if fits > 0 {
            self.passed_over.push(format!("{fits} fits of complexity (BigO, RMS), which are no measurements"));
        }
        Ok((self.benchmarks, self.passed_over))
    }
}

fn figures(row: &Row) -> Result<(Figures, Option<ThroughputUnit>), Problem> {
    let (Some(time), Some(unit)) = (row.real_time, row.time_unit.as_deref()) else {
        return Err(Problem::Malformed("it has no real_time with a time_unit; run it again".to_owned()));
    };
    let call_ns = time_ns(time, unit)?;
    let (throughput, unit) = match (row.items_per_second, row.bytes_per_second) {
        (Some(items), _) => (Some(items), Some(ThroughputUnit::ElementsPerSecond)),
        (None, Some(bytes)) => (Some(bytes), Some(ThroughputUnit::BytesPerSecond)),
        (None, None) => (None, None),
    };
    let figures = Figures {
        p50_ns: Some(call_ns),
        mean_ns: Some(call_ns),
        throughput,
        samples: Some(1),
        iterations: row.iterations,
        ..Figures::default()
    };
    Ok((figures, unit))
}
