//! Documents for tests: one builder, so that a test says only what is special about its own.

use std::collections::BTreeMap;

use detector::comparison::{Beside, FailOn, Request, compare, compare_beside_pair, compare_pair};
use platforms::PlatformKey;
use schema::{
    SCHEMA_VERSION,
    baselines::{Baselines, Session},
    case::{CaseRow, Latency, Launch, Status, Throughput, ThroughputUnit, Work},
    comparison::{Comparison, Metric, Row},
    context::{Context, Git, Machine, Setting},
    document::Document,
    pair::{Interleaved, Pair, PairRow, PairSide, Ratio},
    report::Report,
};

pub(crate) const CLASS: &str = "testbench.1";
pub(crate) const CASE: &str = "dot_f32/avx2/n10000";

/// A case whose launches take these times, in nanoseconds, and do a thousand operations each.
pub(crate) fn row(calls_ns: &[f64]) -> CaseRow {
    let launches: Vec<Launch> = calls_ns
        .iter()
        .map(|&call_ns| Launch {
            throughput: Some(1e12 / call_ns),
            latency_p50_ns: Some(call_ns),
            samples: Some(60),
            accepted_share: Some(0.9),
            ungated_throughput: Some(1e12 / call_ns),
            ungated_p50_ns: Some(call_ns),
            iterations_per_sample: Some(16),
            peak_memory_bytes: Some(8 << 20),
            cpu_percent: Some(99.0),
            stolen_ns: Some(0),
            switches: Some(0),
        })
        .collect();
    let mut sorted = calls_ns.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median_ns = sorted[sorted.len() / 2];
    let mut row = CaseRow {
        reason: None,
        work: Some(Work { flops: 1000, bytes: 4000, elements: 1000, tokens: None }),
        throughput: Throughput { value: Some(1e12 / median_ns), unit: Some(ThroughputUnit::FlopsPerSecond) },
        latency: Latency { p50_ns: Some(median_ns), ..Latency::default() },
        launches,
        peak_memory_bytes: Some(8 << 20),
        accuracy: Some(1.0),
        checksum: Some("0123456789abcdef".to_owned()),
        ..CaseRow::without_numbers(Status::Measured, "")
    };
    row.explain_nulls(&BTreeMap::new(), "a test does not need it");
    row
}

/// Five launches around a microsecond, `factor` times as long.
pub(crate) fn around(factor: f64) -> CaseRow {
    row(&[1000.0, 1001.0, 999.0, 1002.0, 998.0].map(|call_ns| call_ns * factor))
}

/// A report with one case, from the hour `hour` of a day.
pub(crate) fn report(hour: u8, row: CaseRow) -> Report {
    let machine = Machine {
        cpu_model: "Test".to_owned(),
        cpu_id: "Test-1".to_owned(),
        isa_levels: Vec::new(),
        logical_cpus: Some(2),
        memory_bytes: None,
        caches_bytes: BTreeMap::new(),
        os: "Test".to_owned(),
        kernel: "1".to_owned(),
        virtualized: None,
        emulated: false,
        class: Some(CLASS.to_owned()),
    };
    let context = Context {
        git: Some(Git { commit: "c0ffee".repeat(6), branch: None, dirty: false }),
        machine,
        program_sha256: Some(format!("{hour:064x}")),
        toolchain: None,
        settings: vec![Setting { name: "cpu_pin".to_owned(), requested: "1".to_owned(), held: true, remedy: None }],
        environment: BTreeMap::new(),
        clock_precision_ns: None,
        probe_floor_ns: None,
        seed: Some(42),
        injected: BTreeMap::new(),
        isa_cap: None,
    };
    Report {
        schema_version: 1,
        platform: platform("linux-x86_64"),
        created: format!("2026-01-31T{hour:02}:00:00Z").parse().expect("a time"),
        profile: "quick".to_owned(),
        context,
        controls: BTreeMap::new(),
        dispatch: BTreeMap::new(),
        cases: BTreeMap::from([(CASE.to_owned(), row)]),
    }
}

pub(crate) fn platform(key: &str) -> PlatformKey {
    key.parse().expect("a platform")
}

/// Baselines of these reports, each a session of its class.
pub(crate) fn baselines(reports: impl IntoIterator<Item = Report>) -> Baselines {
    let mut baselines = Baselines::new("2026-02-01T00:00:00Z".parse().expect("a time"));
    for report in reports {
        let class = report.context.machine.class.clone().expect("a class");
        let section = baselines.baselines.entry(report.platform).or_default().entry(class).or_default();
        section.sessions.push(Session::from(report));
    }
    baselines
}

/// Three sessions that differ by a tenth of a percent.
pub(crate) fn three_sessions() -> Baselines {
    baselines([(1, 1.0), (2, 1.001), (3, 0.999)].map(|(hour, factor)| report(hour, around(factor))))
}

pub(crate) fn request() -> Request {
    Request {
        baseline_file: "baselines.json".to_owned(),
        candidate_file: "report.json".to_owned(),
        filter: None,
        fail_on: FailOn::Critical,
        strict: false,
        now: "2026-02-01T12:00:00Z".parse().expect("a time"),
        previous: None,
        history: Vec::new(),
    }
}

/// Compares documents that a file could hold, and makes one that a file can.
pub(crate) fn compared(candidate: &Report, baselines: &Baselines) -> Comparison {
    candidate.check().expect("the report is valid");
    baselines.check().expect("the baselines are valid");
    let comparison = compare(candidate, baselines, &request()).expect("there is something to compare");
    comparison.check().expect("the comparison is valid");
    comparison
}

/// A case whose candidate took so many times as long as the baseline, launch beside launch.
pub(crate) fn beside(factors: &[f64]) -> PairRow {
    let of = |row: CaseRow| PairSide {
        status: Status::Measured,
        launches: row.launches,
        peak_memory_bytes: row.peak_memory_bytes,
        accuracy: row.accuracy,
        instructions: None,
        checksum: row.checksum,
    };
    let baseline = row(&vec![1000.0; factors.len()]);
    let candidate = row(&factors.iter().map(|factor| factor * 1000.0).collect::<Vec<_>>());
    let logs: Vec<f64> = factors.iter().map(|factor| factor.ln()).collect();
    let paired = statistics::paired_ratio(&logs).expect("launches");
    let ratio = Ratio {
        launches: factors.to_vec(),
        value: paired.estimate.exp(),
        interval: paired.interval.map(|interval| [interval.low.exp(), interval.high.exp()]),
    };
    let mut row = PairRow {
        status: Status::Measured,
        reason: None,
        bound: None,
        work: baseline.work,
        unit: baseline.throughput.unit,
        baseline: of(baseline),
        candidate: of(candidate),
        throughput_time: Some(ratio.clone()),
        latency_p50_time: Some(ratio),
        unmeasured: BTreeMap::new(),
    };
    row.explain_nulls(&BTreeMap::new(), "a test does not need it");
    row
}

/// Five launches side by side that repeat to a tenth of a percent, `factor` times as long as the baseline.
pub(crate) fn calmly_beside(factor: f64) -> PairRow {
    beside(&[1.0, 1.001, 0.999, 1.0005, 0.9995].map(|noise| noise * factor))
}

/// A pair with one case: tonight's report's program beside that of the last of three sessions.
pub(crate) fn pair(row: PairRow) -> Pair {
    let (then, now) = (report(3, around(1.0)), report(9, around(1.0)));
    Pair {
        schema_version: SCHEMA_VERSION,
        platform: now.platform,
        created: "2026-01-31T10:00:00Z".parse().expect("a time"),
        profile: "quick".to_owned(),
        interleaved: Interleaved::Slices,
        baseline: then.context,
        candidate: now.context,
        controls: BTreeMap::new(),
        cases: BTreeMap::from([(CASE.to_owned(), row)]),
    }
}

pub(crate) fn pair_request() -> Request {
    Request { candidate_file: "pair.json".to_owned(), ..request() }
}

/// Judges a pair alone, that a file could hold, and makes a comparison that a file can.
pub(crate) fn paired(pair: &Pair) -> Comparison {
    pair.check().expect("the pair is valid");
    let comparison = compare_pair(pair, None, &pair_request()).expect("there is something to compare");
    comparison.check().expect("the comparison is valid");
    comparison
}

/// The same, under the policy of a file.
pub(crate) fn paired_under(pair: &Pair, baselines: &Baselines) -> Comparison {
    baselines.check().expect("the baselines are valid");
    let comparison = compare_pair(pair, Some(baselines), &pair_request()).expect("there is something to compare");
    comparison.check().expect("the comparison is valid");
    comparison
}

/// The same, beside a report.
pub(crate) fn confirmed(candidate: &Report, baselines: &Baselines, pair: &Pair) -> Comparison {
    pair.check().expect("the pair is valid");
    let beside = Beside { pair, file: "pair.json" };
    let comparison = compare_beside_pair(candidate, baselines, beside, &request()).expect("one candidate");
    comparison.check().expect("the comparison is valid");
    comparison
}

/// The row of a metric, of the only case that has it.
#[track_caller]
pub(crate) fn of(comparison: &Comparison, metric: Metric) -> Row {
    comparison.rows.iter().find(|row| row.metric == Some(metric)).expect("a row of the metric").clone()
}

/// The row of the case as a whole.
#[track_caller]
pub(crate) fn whole(comparison: &Comparison) -> Row {
    let found = comparison.rows.iter().find(|row| row.case == CASE && row.metric.is_none());
    found.expect("a row of the case as a whole").clone()
}
