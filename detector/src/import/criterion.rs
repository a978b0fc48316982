//! criterion's folder: the JSON files of one benchmark, under `target/criterion/GROUP/…/new`.
//!
//! The samples are taken from `sample.json`: nanoseconds and calls of each. Where it is missing, median and mean stand
//! in `estimates.json`. The folder's name says nothing, since criterion rewrites it; the benchmark's is in
//! `benchmark.json`.

use schema::case::ThroughputUnit;
use serde::Deserialize;

use super::{
    json,
    refusal::{Problem, Refusal},
    run::{Benchmark, Figures},
};

/// The texts of a benchmark's files.
#[derive(Clone, Copy, Debug)]
pub struct Files<'t> {
    /// `benchmark.json`.
    pub benchmark: &'t str,
    /// `sample.json`, where there is one.
    pub sample: Option<&'t str>,
    /// `estimates.json`, where there is one.
    pub estimates: Option<&'t str>,
}

#[derive(Deserialize)]
struct About {
    full_id: String,
    throughput: Option<Amount>,
}

/// What one call does.
#[derive(Clone, Copy, Deserialize)]
enum Amount {
    Bytes(u64),
    /// Shown by criterion in powers of 1,000; the same bytes.
    BytesDecimal(u64),
    Bits(u64),
    Elements(u64),
    ElementsAndBytes {
        elements: u64,
        #[serde(rename = "bytes")]
        _bytes: u64,
    },
}

#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
    mean: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// The benchmark that these files are of.
///
/// # Errors
///
/// When a file cannot be read, or its numbers make no sense.
pub fn benchmark(files: &Files<'_>) -> Result<Benchmark, Refusal> {
    let about: About =
        json::read(files.benchmark, "", "").map_err(|refusal| within("benchmark.json", None, refusal))?;
    let name = about.full_id.as_str();
    let figures = match (files.sample, files.estimates) {
        (Some(sample), _) => of_sample(sample).map_err(|refusal| within("sample.json", Some(name), refusal))?,
        (None, Some(estimates)) => {
            let estimates: Estimates =
                json::read(estimates, "", "").map_err(|refusal| within("estimates.json", Some(name), refusal))?;
            Figures {
                p50_ns: Some(estimates.median.point_estimate),
                mean_ns: Some(estimates.mean.point_estimate),
                ..Figures::default()
            }
        }
        (None, None) => {
            let problem = "it has neither sample.json nor estimates.json; run it again, to the end".to_owned();
            let whole = Refusal::of_file(Problem::Malformed(problem));
            return Err(Refusal { benchmark: Some(about.full_id), ..whole });
        }
    };
    let amount = about.throughput.map(amount);
    let throughput = amount.and_then(|(count, _)| Some(count / figures.p50_ns? * 1e9));
    let mut benchmark = Benchmark::new(name, name, Figures { throughput, ..figures });
    benchmark.unit = amount.map(|(_, unit)| unit);
    let batches = "criterion times calls in batches";
    benchmark.lacks.extend([("latency.p95_ns", batches.to_owned()), ("latency.p99_ns", batches.to_owned())]);
    if files.sample.is_none() {
        benchmark.lacks.insert("latency.min_ns", "sample.json is missing, and estimates.json has no least".to_owned());
    }
    Ok(benchmark)
}

/// Of two counts the elements, as criterion prints them first; the bytes are in proportion.
fn amount(amount: Amount) -> (f64, ThroughputUnit) {
    match amount {
        Amount::Bytes(bytes) | Amount::BytesDecimal(bytes) => (bytes as f64, ThroughputUnit::BytesPerSecond),
        Amount::Bits(bits) => (bits as f64 / 8.0, ThroughputUnit::BytesPerSecond),
        Amount::Elements(elements) | Amount::ElementsAndBytes { elements, .. } => {
            (elements as f64, ThroughputUnit::ElementsPerSecond)
        }
    }
}

fn of_sample(text: &str) -> Result<Figures, Refusal> {
    let Sample { iters, times } = json::read(text, "", "")?;
    let malformed = |problem: String| Refusal::of_file(Problem::Malformed(problem));
    if iters.is_empty() || iters.len() != times.len() {
        let (calls, times) = (iters.len(), times.len());
        return Err(malformed(format!("it has {calls} numbers of calls and {times} times; measure it again")));
    }
    if let Some((index, found)) = iters.iter().enumerate().find(|(_, count)| **count < 1.0 || count.fract() != 0.0) {
        return Err(malformed(format!(
            "iters[{index}] must be a whole number above 0, found {found}; measure it again"
        )));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of at least 1")]
    #[expect(clippy::float_cmp, reason = "whole numbers are equal or not")]
    let same = iters.iter().all(|count| *count == iters[0]).then_some(iters[0] as u64);
    Ok(Figures::of_samples(times.iter().zip(&iters).map(|(time_ns, count)| time_ns / count).collect(), same))
}

/// The same, seen from the folder that the file is in.
fn within(file: &str, name: Option<&str>, refusal: Refusal) -> Refusal {
    let place = refusal.place.map_or_else(|| file.to_owned(), |place| format!("{file}, {place}"));
    Refusal { place: Some(place), benchmark: name.map(str::to_owned), ..refusal }
}
