//! A case's row: what its launches come to, and a reason for every number that there is not.

use std::collections::BTreeMap;

use kernels::{Case, kernel};
use schema::case::{Bound, CaseRow, Latency, Launch, Status, Throughput, ThroughputUnit, Work};

use crate::{
    protocol::{Measured, Verified},
    sampler::{ACCEPTED_NEEDED, Sampled, Samples},
};

/// The row of a case of which there is no number, and why.
#[must_use]
pub fn failed(case: &Case, status: Status, reason: &str, verified: Option<&Verified>) -> CaseRow {
    CaseRow {
        bound: Some(bound(case)),
        work: Some(work(case)),
        throughput: Throughput { value: None, unit: Some(unit(case.unit())) },
        accuracy: verified.map(|verified| verified.accuracy),
        ..CaseRow::without_numbers(status, reason)
    }
}

/// The row of a case that was verified and launched at least once.
#[must_use]
pub fn measured(
    case: &Case,
    verified: &Verified,
    launches: &[Measured],
    instructions: &Result<u64, String>,
) -> CaseRow {
    let amount = case.work().amount(case.unit()).unwrap_or_default() as f64;
    let rows: Vec<Launch> = launches.iter().map(|launch| launch_row(launch, amount)).collect();
    let throughputs: Vec<f64> = rows.iter().filter_map(|launch| launch.throughput).collect();
    let medians_ns: Vec<f64> = rows.iter().filter_map(|launch| launch.latency_p50_ns).collect();
    let percents: Vec<f64> = rows.iter().filter_map(|launch| launch.cpu_percent).collect();
    let (latency, mut reasons) = latency(launches, &medians_ns);
    let smallest = [&throughputs, &medians_ns].map(|values| statistics::smallest_change_percent(values));
    let mut row = CaseRow {
        status: Status::Measured,
        reason: None,
        bound: Some(bound(case)),
        work: Some(work(case)),
        throughput: Throughput { value: statistics::median(&throughputs), unit: Some(unit(case.unit())) },
        latency,
        smallest_change_percent: smallest[0].zip(smallest[1]).map(|(one, other)| one.max(other)),
        interval_percent: interval_percent(launches),
        allocations: launches.iter().filter_map(|launch| launch.allocations).max(),
        allocated_bytes: launches.iter().filter_map(|launch| launch.allocated_bytes).max(),
        peak_memory_bytes: rows.iter().filter_map(|launch| launch.peak_memory_bytes).max(),
        cpu_percent: statistics::median(&percents),
        accuracy: Some(verified.accuracy),
        instructions: instructions.as_ref().ok().copied(),
        checksum: Some(checksum(case, verified)),
        launches: rows,
        unmeasured: BTreeMap::new(),
    };
    if let Err(why) = instructions {
        reasons.insert("instructions", why.clone());
    }
    reasons.insert("peak_memory_bytes", "the operating system does not tell".to_owned());
    reasons.insert("cpu_percent", "the operating system does not tell".to_owned());
    reasons.insert("interval_percent", "fewer than two launches had enough undisturbed samples".to_owned());
    for field in ["allocations", "allocated_bytes"] {
        reasons.insert(field, "the program that measured counts no allocations".to_owned());
    }
    reasons.insert("smallest_change_percent", "fewer than two launches had enough undisturbed samples".to_owned());
    let otherwise = format!("no launch had {ACCEPTED_NEEDED} undisturbed samples; measure again when it is quiet");
    row.explain_nulls(&reasons, &otherwise);
    row
}

/// The half-width of the 95 % interval of throughput or latency, whichever is wider, in percent; `None` where fewer than
/// two launches had enough undisturbed samples.
#[must_use]
pub fn interval_percent(launches: &[Measured]) -> Option<f64> {
    let half_width = |median_ns: fn(&Sampled) -> Option<f64>| {
        let logs: Vec<f64> = launches.iter().filter_map(|launch| Some(median_ns(&launch.sampled)?.ln())).collect();
        let interval = statistics::paired_ratio(&logs)?.interval?;
        Some(statistics::percent_of_log((interval.high - interval.low) / 2.0))
    };
    let throughput = half_width(|sampled| sampled.independent.median_ns())?;
    let latency = half_width(|sampled| sampled.dependent.as_ref().unwrap_or(&sampled.independent).median_ns())?;
    Some(throughput.max(latency))
}

fn launch_row(launch: &Measured, amount: f64) -> Launch {
    Launch {
        peak_memory_bytes: launch.peak_memory_bytes,
        cpu_percent: launch.cpu_percent,
        stolen_ns: launch.stolen_ns,
        switches: launch.switches,
        ..launch_of(&launch.sampled, amount)
    }
}

/// What the samples of a launch come to; what else is known of its process is `None`.
pub(crate) fn launch_of(sampled: &Sampled, amount: f64) -> Launch {
    let Sampled { independent, dependent } = sampled;
    let latency = dependent.as_ref().unwrap_or(independent);
    let phases = [Some(independent), dependent.as_ref()];
    let taken: usize = phases.iter().flatten().map(|samples| samples.taken()).sum();
    let accepted: usize = phases.iter().flatten().map(|samples| samples.accepted_ns.len()).sum();
    let per_second = |call_ns: f64| amount / call_ns * 1e9;
    Launch {
        throughput: independent.median_ns().map(per_second),
        latency_p50_ns: latency.median_ns(),
        samples: Some(u32::try_from(taken).unwrap_or(u32::MAX)),
        accepted_share: (taken > 0).then(|| accepted as f64 / taken as f64),
        ungated_throughput: independent.ungated_median_ns().map(per_second),
        ungated_p50_ns: latency.ungated_median_ns(),
        iterations_per_sample: Some(independent.iterations),
        peak_memory_bytes: None,
        cpu_percent: None,
        stolen_ns: None,
        switches: None,
    }
}

/// Of the output where the contract is exact, else of the operands.
pub(crate) fn checksum(case: &Case, verified: &Verified) -> String {
    match case.kernel().contract {
        kernel::Contract::Exact => verified.checksums.output.clone(),
        kernel::Contract::Tolerance => verified.checksums.operands.clone(),
    }
}

/// The least number of calls, timed singly, of which a 95th percentile is stated: 25 of them lie above it.
const CALLS_FOR_P95: usize = 500;

/// The same for the 99th: 50 of them lie above it.
const CALLS_FOR_P99: usize = 5_000;

fn latency(launches: &[Measured], medians_ns: &[f64]) -> (Latency, BTreeMap<&'static str, String>) {
    let samples: Vec<&Samples> = launches
        .iter()
        .map(|launch| launch.sampled.dependent.as_ref().unwrap_or(&launch.sampled.independent))
        .filter(|samples| samples.accepted_ns.len() >= ACCEPTED_NEEDED)
        .collect();
    let all_ns: Vec<f64> = samples.iter().flat_map(|samples| &samples.accepted_ns).copied().collect();
    let singly = samples.iter().all(|samples| samples.iterations == 1);
    let mut reasons = BTreeMap::new();
    let mut percentile = |field: &'static str, level: f64, calls: usize| {
        if singly && all_ns.len() >= calls {
            return statistics::quantile(&all_ns, level);
        }
        if !all_ns.is_empty() {
            let reason = if singly {
                format!("{} undisturbed calls were timed singly, and it takes {calls}", all_ns.len())
            } else {
                "calls this short are timed in batches".to_owned()
            };
            reasons.insert(field, reason);
        }
        None
    };
    let latency = Latency {
        p50_ns: statistics::median(medians_ns),
        p95_ns: percentile("latency.p95_ns", 0.95, CALLS_FOR_P95),
        p99_ns: percentile("latency.p99_ns", 0.99, CALLS_FOR_P99),
        mean_ns: (!all_ns.is_empty()).then(|| all_ns.iter().sum::<f64>() / all_ns.len() as f64),
        min_ns: all_ns.iter().copied().reduce(f64::min),
    };
    (latency, reasons)
}

/// What bounds the case, in the words of a document.
pub(crate) fn bound(case: &Case) -> Bound {
    match case.bound() {
        kernel::Bound::Latency => Bound::Latency,
        kernel::Bound::Throughput => Bound::Throughput,
        kernel::Bound::Memory => Bound::Memory,
    }
}

/// What a throughput counts.
#[must_use]
pub fn unit(unit: kernel::ThroughputUnit) -> ThroughputUnit {
    match unit {
        kernel::ThroughputUnit::FlopsPerSecond => ThroughputUnit::FlopsPerSecond,
        kernel::ThroughputUnit::BytesPerSecond => ThroughputUnit::BytesPerSecond,
        kernel::ThroughputUnit::ElementsPerSecond => ThroughputUnit::ElementsPerSecond,
        kernel::ThroughputUnit::TokensPerSecond => ThroughputUnit::TokensPerSecond,
    }
}

pub(crate) fn work(case: &Case) -> Work {
    let kernel::Work { flops, bytes, elements, tokens } = case.work();
    Work { flops, bytes, elements, tokens }
}
