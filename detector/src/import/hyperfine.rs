//! hyperfine's `--export-json`: times of whole commands, in seconds.
//!
//! Each run is a process of its own, and so a launch. A case is named by its command, or by hyperfine's
//! `--command-name`; where one command ran with several parameters, also by those: `n=1.sum`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    json,
    quantity::scaled,
    refusal::{Problem, Refusal},
    run::{Benchmark, Figures, Origin, Run},
};

#[derive(Deserialize)]
struct Export {
    results: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    command: String,
    /// Of `--parameter-scan` and `--parameter-list`, whether they stand in the command or not.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    median: Option<f64>,
    mean: Option<f64>,
    min: Option<f64>,
    times: Option<Vec<f64>>,
    /// `null` for a run that a signal ended.
    exit_codes: Option<Vec<Option<i32>>>,
    /// Of each run, in newer versions.
    memory_usage_byte: Option<Vec<u64>>,
}

/// Reads an export.
///
/// # Errors
///
/// When a command cannot be read, failed, stands twice, or there is none.
pub fn parse(text: &str) -> Result<Run, Refusal> {
    let Export { results } = json::read(text, "results", "command")?;
    let benchmarks = results.into_iter().enumerate().map(|(index, measured)| benchmark(index, measured));
    Run::new(Origin::default(), benchmarks.collect::<Result<_, _>>()?, Vec::new())
}

fn benchmark(index: usize, measured: Measured) -> Result<Benchmark, Refusal> {
    let place = format!("results[{index}]");
    let mut benchmark = Benchmark::new(measured.command, place, Figures::default());
    if !measured.parameters.is_empty() {
        let parameters = measured.parameters.iter().map(|(name, value)| format!("{name}={value}"));
        benchmark.scope = Some(parameters.collect::<Vec<_>>().join(","));
    }
    let refused = |problem| benchmark.refused(problem);
    if let Some(codes) = &measured.exit_codes
        && let Some(bad) = codes.iter().find(|code| **code != Some(0))
    {
        let count = codes.iter().filter(|code| **code != Some(0)).count();
        let how = bad.map_or_else(|| "by a signal".to_owned(), |code| format!("with exit code {code}"));
        return Err(refused(Problem::Failed(format!("{count} of {} runs ended {how}", codes.len()))));
    }
    let seconds = |number: f64| scaled(number, 9);
    let Some(times) = measured.times.filter(|times| !times.is_empty()) else {
        benchmark.launches = vec![Figures {
            p50_ns: measured.median.or(measured.mean).map(seconds),
            mean_ns: measured.mean.map(seconds),
            min_ns: measured.min.map(seconds),
            ..Figures::default()
        }];
        if benchmark.launches[0].p50_ns.is_none() {
            return Err(
                benchmark.refused(Problem::Malformed("it has neither times nor a median; run it again".to_owned()))
            );
        }
        return Ok(benchmark);
    };
    if times.contains(&0.0) {
        let problem = "a run took 0 s, since hyperfine takes off what a shell needs to start; run it with --shell=none";
        return Err(refused(Problem::Malformed(problem.to_owned())));
    }
    let counts = [measured.exit_codes.map(|codes| codes.len()), measured.memory_usage_byte.as_ref().map(Vec::len)];
    if counts.into_iter().flatten().any(|count| count != times.len()) {
        let problem = "its lists of times, exit codes and memory are not equally long; run it again".to_owned();
        return Err(refused(Problem::Malformed(problem)));
    }
    let memory = measured.memory_usage_byte.unwrap_or_default();
    benchmark.launches = times
        .iter()
        .enumerate()
        .map(|(index, &time)| Figures {
            memory_bytes: memory.get(index).copied(),
            ..Figures::of_samples(vec![seconds(time)], Some(1))
        })
        .collect();
    benchmark.lacks.insert("cpu_percent", "hyperfine tells CPU time of all runs together".to_owned());
    Ok(benchmark)
}
