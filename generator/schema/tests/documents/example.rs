//! A small document of each kind. The numbers are made up.

use std::collections::BTreeMap;

use schema::{
    SCHEMA_VERSION,
    alarms::Alarms,
    baselines::{Accepted, AcceptedChanges, Baselines, ClassBaseline, Override, PartialLimits},
    case::{Bound, CaseRow, Latency, Launch, Status, Throughput, ThroughputUnit, Work},
    changes::{Cause, Change, Changes, CommitRange, Creep, Event, Level, Series},
    comparison::{
        Alarm, AppliedThresholds, Certainty, Comparison, Metric, Row, Severity, Side, Summary, Unit, Verdict,
    },
    context::{Context, Git, Machine, Setting, Toolchain},
    crossval::{
        AgreementContract, AgreementRow, AgreementStatus, Contestant, Crossval, Library, LimitRatio, MachineLimit,
        SpeedRatio, SpeedRow, WorstOutput,
    },
    pair::{Interleaved, Pair, PairRow, PairSide, Ratio},
    report::{Control, Report},
    watch::{Slowed, Unchanged, Watch},
};

pub(crate) const CASE: &str = "dot_f32/avx2/n10000";
pub(crate) const CLASS: &str = "linux-x86_64-example";

pub(crate) fn report() -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        platform: "linux-x86_64".parse().expect("it stands in platforms.toml"),
        created: "2026-01-31T04:00:00Z".parse().expect("a time"),
        profile: "quick".to_owned(),
        context: context(),
        controls: BTreeMap::from([("integer_chain".to_owned(), Control { launches: vec![0.25, 0.26] })]),
        dispatch: BTreeMap::from([("dot_f32".to_owned(), "avx2".parse().expect("a level"))]),
        cases: BTreeMap::from([
            (CASE.to_owned(), case()),
            (
                "dot_f32/scalar/n10000".to_owned(),
                CaseRow::without_numbers(Status::TimedOut, "launch 2 took longer than 30 s"),
            ),
        ]),
    }
}

pub(crate) fn baselines() -> Baselines {
    let mut baselines = Baselines::new("2026-01-31T05:00:00Z".parse().expect("a time"));
    baselines.overrides.push(Override {
        platform: "^linux-".to_owned(),
        case: "^dot_f32/".to_owned(),
        critical: PartialLimits { latency_increase_percent: Some(20.0), ..PartialLimits::default() },
        warning: PartialLimits::default(),
        reason: "every search stands on it".to_owned(),
        until: Some("2026-12-31".parse().expect("a date")),
    });
    baselines.accepted.push(Accepted {
        platform: ".*".to_owned(),
        case: "^sum_f32/scalar/".to_owned(),
        since: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        reason: "summed in pairs, for accuracy".to_owned(),
        changes: AcceptedChanges { throughput: Some(-28.5), latency_p50: Some(40.0), ..AcceptedChanges::default() },
        baseline: Some("89abcdef0123456789abcdef0123456789abcdef".to_owned()),
        rule: None,
        until: None,
    });
    let report = report();
    baselines
        .baselines
        .insert(report.platform, BTreeMap::from([(CLASS.to_owned(), ClassBaseline { sessions: vec![report.into()] })]));
    baselines
}

pub(crate) fn pair() -> Pair {
    let report = report();
    let side = || {
        let case = case();
        PairSide {
            status: Status::Measured,
            launches: case.launches,
            peak_memory_bytes: case.peak_memory_bytes,
            accuracy: case.accuracy,
            instructions: Some(30_125),
            checksum: case.checksum,
        }
    };
    let ratio = |value: f64| Ratio {
        launches: vec![value - 0.001, value + 0.001],
        value,
        interval: Some([value - 0.003, value + 0.003]),
    };
    let case = case();
    let measured = PairRow {
        status: Status::Measured,
        reason: None,
        bound: case.bound,
        work: case.work,
        unit: case.throughput.unit,
        baseline: side(),
        candidate: side(),
        throughput_time: Some(ratio(1.02)),
        latency_p50_time: Some(ratio(1.018)),
        unmeasured: BTreeMap::new(),
    };
    let reason = "the baseline has no such kernel";
    Pair {
        schema_version: SCHEMA_VERSION,
        platform: report.platform,
        created: report.created,
        profile: report.profile,
        interleaved: Interleaved::Slices,
        baseline: report.context.clone(),
        candidate: report.context,
        controls: report.controls,
        cases: BTreeMap::from([
            (CASE.to_owned(), measured),
            ("exp_f32/avx2/n1000".to_owned(), PairRow::without_numbers(Status::Skipped, reason)),
        ]),
    }
}

pub(crate) fn comparison() -> Comparison {
    Comparison {
        schema_version: SCHEMA_VERSION,
        created: "2026-02-01T04:30:00Z".parse().expect("a time"),
        platform: "linux-x86_64".parse().expect("it stands in platforms.toml"),
        baseline: side("platforms/baselines.json", 3),
        candidate: side("out/report.json", 1),
        rows: vec![Row {
            case: CASE.to_owned(),
            rule: None,
            metric: Some(Metric::LatencyP50),
            unit: Some(Unit::Ns),
            baseline: Some(1052.0),
            candidate: Some(1367.6),
            change_percent: Some(30.0),
            interval_percent: Some([28.1, 31.9]),
            smallest_change_percent: Some(1.9),
            further_launches: None,
            thresholds: Some(AppliedThresholds {
                critical_percent: 20.0,
                warning_percent: 15.0,
                critical_floor: Some(50.0),
                warning_floor: None,
                source: "overrides[0]: every search stands on it".to_owned(),
            }),
            verdict: Verdict::Critical,
            certainty: Some(Certainty::Suspected),
            severity: Some(Severity::Moderate),
            known: None,
            alarm: Some(Alarm {
                since: "2026-01-31T04:00:00Z".parse().expect("a time"),
                commit: Some(git().commit),
                sessions_back: 0,
            }),
            interleaved: None,
            report_verdict: None,
            reason: "30.0 % more time (moderate), and at least 28.1 %; warned from 15 %, critical from 20 % and 50 ns"
                .to_owned(),
        }],
        summary: Summary {
            cases: BTreeMap::from([("critical".to_owned(), 1)]),
            machine_change: None,
            wide_change: None,
            notes: vec!["the candidate was built from uncommitted changes".to_owned()],
            exit_code: 1,
            exit_reason: "1 case is critical".to_owned(),
        },
    }
}

pub(crate) fn changes() -> Changes {
    let change = Change {
        index: 41,
        time: Some("2026-01-31T04:00:00Z".parse().expect("a time")),
        commits: Some(CommitRange { after: "89abcdef".to_owned(), to: git().commit }),
        change_percent: 5.2,
        interval_percent: [4.6, 5.8],
        is_worse: Some(true),
        certainty: Certainty::Confirmed,
        cause: Cause::Code,
        raised_index: None,
    };
    let series = Series {
        points: 60,
        platform: Some("linux-x86_64".parse().expect("it stands in platforms.toml")),
        machine: Some(CLASS.to_owned()),
        is_control: false,
        case: Some(CASE.to_owned()),
        metric: Some(Metric::LatencyP50),
        changes: vec![change],
        creep: vec![Creep {
            from_index: 0,
            to_index: 59,
            percent_per_100_points: 0.8,
            interval_percent: [0.5, 1.1],
            is_worse: Some(true),
        }],
        level: Some(Level { value: 1106.7, points: 19, baseline: Some(1052.0), is_described: Some(false) }),
    };
    Changes {
        schema_version: SCHEMA_VERSION,
        created: "2026-02-20T05:00:00Z".parse().expect("a time"),
        source: "history".to_owned(),
        replayed: false,
        series: BTreeMap::from([(format!("{CLASS}/{CASE} latency_p50"), series)]),
        events: vec![Event {
            machine: CLASS.to_owned(),
            cause: Cause::Code,
            index: 41,
            time: Some("2026-01-31T04:00:00Z".parse().expect("a time")),
            controls: Vec::new(),
            changed: 12,
            series: 38,
        }],
        notes: Vec::new(),
    }
}

pub(crate) fn alarms() -> Alarms {
    Alarms {
        schema_version: SCHEMA_VERSION,
        created: "2026-01-31T05:00:00Z".parse().expect("a time"),
        right: 6,
        unread: 2,
        false_alarms: 1,
    }
}

pub(crate) fn watch() -> Watch {
    Watch {
        schema_version: SCHEMA_VERSION,
        platform: report().platform,
        created: "2026-01-31T04:20:00Z".parse().expect("a time"),
        class: Some(CLASS.to_owned()),
        commit: Some("9b2c5f0e".repeat(5)),
        unchanged: Unchanged { judged: 8, false_regressions: Vec::new(), false_improvements: Vec::new() },
        slowed: Slowed { percent: 10.0, cases: 4, missed: Vec::new() },
    }
}

pub(crate) fn crossval() -> Crossval {
    let report = report();
    let library = |version: Option<&str>, reason: Option<&str>| Library {
        version: version.map(str::to_owned),
        detail: version.map(|_| "SkylakeX kernels".to_owned()),
        reason: reason.map(str::to_owned),
    };
    let mut absent = library(None, Some("it was not built in; scripts/crossval.sh builds all"));
    absent.detail = None;
    Crossval {
        schema_version: SCHEMA_VERSION,
        platform: report.platform,
        created: report.created,
        context: report.context,
        libraries: BTreeMap::from([
            ("ggml".to_owned(), absent),
            ("openblas".to_owned(), library(Some("0.3.29"), None)),
        ]),
        limits: BTreeMap::from([(
            "read_l2".to_owned(),
            MachineLimit {
                value: Some(8.1e10),
                unit: ThroughputUnit::BytesPerSecond,
                samples: 200,
                accepted_share: Some(0.82),
                unmeasured: BTreeMap::new(),
            },
        )]),
        agreement: BTreeMap::from([(CASE.to_owned(), agreeing()), ("dot_f32/avx2/n17".to_owned(), disagreeing())]),
        speed: BTreeMap::from([("dot_f32/n10000".to_owned(), speed())]),
        unmeasured: BTreeMap::from([("dot_f32/n100".to_owned(), "it disagrees with its C++ reference".to_owned())]),
    }
}

fn agreeing() -> AgreementRow {
    AgreementRow {
        status: AgreementStatus::Agrees,
        reason: None,
        contract: AgreementContract::Tolerance,
        inputs: vec!["seeded".to_owned()],
        outputs: 1,
        largest_relative_error: Some(3.1e-8),
        largest_ulp: Some(1),
        largest_bound_share: Some(4.5e-5),
        worst: None,
        unmeasured: BTreeMap::new(),
    }
}

fn disagreeing() -> AgreementRow {
    let mut row = AgreementRow {
        status: AgreementStatus::Disagrees,
        reason: Some("with infinities: output 0 is NaN, expected inf".to_owned()),
        inputs: vec!["seeded".to_owned(), "infinities".to_owned()],
        outputs: 2,
        largest_ulp: None,
        largest_bound_share: None,
        worst: Some(WorstOutput {
            inputs: "infinities".to_owned(),
            index: 0,
            got: "NaN".to_owned(),
            expected: "inf".to_owned(),
            bound: "0e0".to_owned(),
        }),
        ..agreeing()
    };
    row.explain_nulls(&BTreeMap::new(), "an output is no number");
    row
}

fn speed() -> SpeedRow {
    let contestant = |call: Option<&str>, throughput| Contestant {
        call: call.map(str::to_owned),
        throughput: Some(throughput),
        p50_ns: Some(2.0e13 / throughput),
        min_ns: Some(1.9e13 / throughput),
        samples: 200,
        accepted_share: Some(0.82),
        largest_error: Some(3.1e-8),
        outside_contract: None,
        unmeasured: BTreeMap::new(),
    };
    let ratio = |value| SpeedRatio { value, lower: value - 0.01, upper: value + 0.01, confidence: 0.95, rounds: 160 };
    SpeedRow {
        unit: ThroughputUnit::FlopsPerSecond,
        amount: 20_000,
        ours: "avx2".to_owned(),
        contestants: BTreeMap::from([
            ("avx2".to_owned(), contestant(None, 2.0e10)),
            ("openblas".to_owned(), contestant(Some("cblas_sdot"), 1.6e10)),
            ("scalar".to_owned(), contestant(None, 2.5e9)),
        ]),
        best_peer: Some("openblas".to_owned()),
        ratio_to_best_peer: Some(ratio(1.25)),
        ratios: BTreeMap::from([("openblas".to_owned(), ratio(1.25)), ("scalar".to_owned(), ratio(8.0))]),
        limit: Some(LimitRatio { name: "read_l2".to_owned(), ratio: 0.99 }),
        slower_than_scalar: Vec::new(),
        unmeasured: BTreeMap::from([("faer".to_owned(), "it has no such operation".to_owned())]),
    }
}

fn side(file: &str, sessions: u32) -> Side {
    Side {
        file: file.to_owned(),
        class: Some(CLASS.to_owned()),
        sessions,
        git: Some(git()),
        created: Some("2026-01-31T04:00:00Z".parse().expect("a time")),
    }
}

fn git() -> Git {
    Git { commit: "0123456789abcdef0123456789abcdef01234567".to_owned(), branch: Some("main".to_owned()), dirty: false }
}

fn context() -> Context {
    Context {
        git: Some(git()),
        machine: Machine {
            cpu_model: "Example CPU 9000".to_owned(),
            cpu_id: "AuthenticAMD-25-17-1".to_owned(),
            isa_levels: ["scalar", "sse41", "avx2"].map(|level| level.parse().expect("a level")).to_vec(),
            logical_cpus: Some(2),
            memory_bytes: Some(8 << 30),
            caches_bytes: BTreeMap::from([("l1d".to_owned(), 32 << 10), ("l2".to_owned(), 1 << 20)]),
            os: "Linux 12 Example".to_owned(),
            kernel: "6.12.0".to_owned(),
            virtualized: Some(true),
            emulated: false,
            class: Some(CLASS.to_owned()),
        },
        program_sha256: Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned()),
        toolchain: Some(Toolchain {
            rustc: "rustc 1.95.0 (59807616e 2026-04-14)".to_owned(),
            target: "x86_64-unknown-linux-gnu".to_owned(),
            rustflags: String::new(),
            profile: "release".to_owned(),
        }),
        settings: vec![Setting { name: "cpu_pin".to_owned(), requested: "1".to_owned(), held: true, remedy: None }],
        environment: BTreeMap::from([("TIDEGAUGE_SEED".to_owned(), "42".to_owned())]),
        clock_precision_ns: Some(20.0),
        probe_floor_ns: Some(2010.5),
        seed: Some(42),
        injected: BTreeMap::new(),
        isa_cap: None,
    }
}

fn case() -> CaseRow {
    let launch = |throughput, latency_p50_ns| Launch {
        throughput: Some(throughput),
        latency_p50_ns: Some(latency_p50_ns),
        samples: Some(60),
        accepted_share: Some(0.82),
        ungated_throughput: Some(1.7e10),
        ungated_p50_ns: Some(1190.0),
        iterations_per_sample: Some(16),
        peak_memory_bytes: Some(9_000_000),
        cpu_percent: Some(99.8),
        stolen_ns: Some(0),
        switches: Some(1),
    };
    let mut case = CaseRow {
        status: Status::Measured,
        reason: None,
        bound: Some(Bound::Throughput),
        work: Some(Work { flops: 20_000, bytes: 80_000, elements: 10_000, tokens: None }),
        throughput: Throughput { value: Some(1.9e10), unit: Some(ThroughputUnit::FlopsPerSecond) },
        latency: Latency {
            p50_ns: Some(1052.5),
            p95_ns: None,
            p99_ns: None,
            mean_ns: Some(1060.25),
            min_ns: Some(1040.0),
        },
        launches: vec![launch(1.91e10, 1052.0), launch(1.89e10, 1053.0)],
        smallest_change_percent: Some(4.1),
        interval_percent: Some(0.6),
        peak_memory_bytes: Some(9_000_000),
        allocations: Some(12),
        allocated_bytes: Some(2_097_952),
        cpu_percent: Some(99.8),
        accuracy: Some(1.0),
        instructions: None,
        checksum: Some("00f1e2d3c4b5a697".to_owned()),
        unmeasured: BTreeMap::from([(
            "instructions".to_owned(),
            "the CPU's counters are closed to this guest".to_owned(),
        )]),
    };
    case.explain_nulls(&BTreeMap::new(), "calls under 1 µs are timed in batches");
    case
}
