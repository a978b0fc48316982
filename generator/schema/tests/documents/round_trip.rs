//! What is written is what is read, to the last bit of every number.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platforms::{IsaLevel, PlatformKey};
use proptest::{collection, option, prelude::*, sample};
use schema::{
    SCHEMA_VERSION,
    alarms::Alarms,
    baselines::{
        Accepted, AcceptedChanges, Baselines, ClassBaseline, Limits, Override, PartialLimits, Session, Thresholds,
    },
    case::{Bound, CaseRow, Latency, Launch, Status, Throughput, ThroughputUnit, Work},
    changes::{Cause, Change, Changes, CommitRange, Creep, Event, Level, Series},
    comparison::{
        Alarm, AppliedThresholds, Certainty, Comparison, Known, Metric, Row, Rule, Severity, Side, Summary, Unit,
        Verdict, WideChange,
    },
    context::{Context, Git, Machine, Setting, Toolchain},
    crossval::{
        AgreementContract, AgreementRow, AgreementStatus, Contestant, Crossval, Library, LimitRatio, MachineLimit,
        SpeedRatio, SpeedRow, WorstOutput,
    },
    document::Document,
    file,
    pair::{Interleaved, Pair, PairRow, PairSide, Ratio},
    report::{Control, Report},
    watch::{Slowed, Unchanged, Watch},
};
use tempfile::TempDir;

fn check<D: Document + PartialEq + std::fmt::Debug>(document: &D) -> Result<(), TestCaseError> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("document.json");
    file::write(&path, document).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let read: D = file::read(&path).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&read, document);
    Ok(())
}

proptest! {
    // Each case writes a file to the disk, and flushes it.
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_report_is_read_as_it_was_written(report in report()) {
        check(&report)?;
    }

    #[test]
    fn baselines_are_read_as_they_were_written(baselines in baselines()) {
        check(&baselines)?;
    }

    #[test]
    fn a_pair_is_read_as_it_was_written(pair in pair()) {
        check(&pair)?;
    }

    #[test]
    fn a_comparison_is_read_as_it_was_written(comparison in comparison()) {
        check(&comparison)?;
    }

    #[test]
    fn changes_are_read_as_they_were_written(changes in changes()) {
        check(&changes)?;
    }

    #[test]
    fn a_crossval_is_read_as_it_was_written(crossval in crossval()) {
        check(&crossval)?;
    }

    #[test]
    fn alarms_are_read_as_they_were_written(alarms in alarms()) {
        check(&alarms)?;
    }

    #[test]
    fn a_watch_is_read_as_it_was_written(watch in watch()) {
        check(&watch)?;
    }
}

fn report() -> impl Strategy<Value = Report> {
    let rows = (controls(), dispatch(), cases());
    (platform(), time(), text(), context(), rows).prop_map(
        |(platform, created, profile, context, (controls, dispatch, cases))| Report {
            schema_version: SCHEMA_VERSION,
            platform,
            created,
            profile,
            context,
            controls,
            dispatch,
            cases,
        },
    )
}

fn baselines() -> impl Strategy<Value = Baselines> {
    let exceptions = (collection::vec(one_override(), 0..3), collection::vec(accepted(), 0..3));
    let sessions = by_name(class(), 0..3);
    (time(), thresholds(), exceptions, platform(), sessions).prop_map(
        |(updated, thresholds, (overrides, accepted), platform, mut classes)| {
            for (name, class) in &mut classes {
                for session in &mut class.sessions {
                    session.context.machine.class = Some(name.clone());
                }
            }
            Baselines {
                schema_version: SCHEMA_VERSION,
                updated,
                thresholds,
                overrides,
                accepted,
                baselines: BTreeMap::from([(platform, classes)]),
            }
        },
    )
}

fn pair() -> impl Strategy<Value = Pair> {
    let rows = (controls(), by_name(pair_row(), 0..3));
    let interleaved = sample::select(vec![Interleaved::Slices, Interleaved::Launches]);
    (platform(), time(), text(), interleaved, context(), context(), rows).prop_map(
        |(platform, created, profile, interleaved, baseline, candidate, (controls, cases))| Pair {
            schema_version: SCHEMA_VERSION,
            platform,
            created,
            profile,
            interleaved,
            baseline,
            candidate,
            controls,
            cases,
        },
    )
}

fn pair_row() -> impl Strategy<Value = PairRow> {
    (case(), case(), option::of(ratio()), option::of(ratio()), reason()).prop_map(
        |(baseline, candidate, throughput_time, latency_p50_time, reason)| {
            let side = |row: &CaseRow| PairSide {
                status: row.status,
                launches: row.launches.clone(),
                peak_memory_bytes: row.peak_memory_bytes,
                accuracy: row.accuracy,
                instructions: row.instructions,
                checksum: row.checksum.clone(),
            };
            let mut row = PairRow {
                status: baseline.status,
                reason: baseline.reason.clone(),
                bound: baseline.bound,
                work: baseline.work,
                unit: baseline.throughput.unit,
                baseline: side(&baseline),
                candidate: side(&candidate),
                throughput_time,
                latency_p50_time,
                unmeasured: BTreeMap::new(),
            };
            row.explain_nulls(&BTreeMap::new(), &reason);
            row
        },
    )
}

fn ratio() -> impl Strategy<Value = Ratio> {
    (collection::vec(0.1..10.0f64, 0..4), 0.1..10.0f64, option::of(1.0..2.0f64)).prop_map(|(launches, value, wide)| {
        Ratio { launches, value, interval: wide.map(|wide| [value / wide, value * wide]) }
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    (time(), platform(), side(), side(), collection::vec(row(), 0..4), summary()).prop_map(
        |(created, platform, baseline, candidate, rows, summary)| Comparison {
            schema_version: SCHEMA_VERSION,
            created,
            platform,
            baseline,
            candidate,
            rows,
            summary,
        },
    )
}

fn changes() -> impl Strategy<Value = Changes> {
    let lists = (collection::vec(event(), 0..2), collection::vec(text(), 0..2));
    (time(), text(), any::<bool>(), by_name(series(), 0..3), lists).prop_map(
        |(created, source, replayed, series, (events, notes))| Changes {
            schema_version: SCHEMA_VERSION,
            created,
            source,
            replayed,
            series,
            events,
            notes,
        },
    )
}

fn series() -> impl Strategy<Value = Series> {
    let what = (option::of(platform()), option::of(name()), any::<bool>(), option::of(name()));
    let metric = option::of(sample::select(&Metric::ALL[..]));
    let found = (collection::vec(change(), 0..3), collection::vec(creep(), 0..2), option::of(level()));
    (any::<u64>(), what, metric, found).prop_map(|(points, what, metric, found)| Series {
        points,
        platform: what.0,
        machine: what.1,
        is_control: what.2,
        case: what.3,
        metric,
        changes: found.0,
        creep: found.1,
        level: found.2,
    })
}

fn change() -> impl Strategy<Value = Change> {
    let commits = option::of((text(), text()).prop_map(|(after, to)| CommitRange { after, to }));
    let certainty = sample::select(vec![Certainty::Suspected, Certainty::Confirmed]);
    let numbers = (number(), number(), number());
    (any::<i64>(), option::of(time()), commits, numbers, (option::of(any::<bool>()), certainty, cause()), any::<i64>())
        .prop_map(|(index, time, commits, numbers, (is_worse, certainty, cause), raised)| Change {
            index,
            time,
            commits,
            change_percent: numbers.0,
            interval_percent: [numbers.1, numbers.2],
            is_worse,
            certainty,
            cause,
            raised_index: (raised % 2 == 0).then_some(raised),
        })
}

fn cause() -> impl Strategy<Value = Cause> {
    sample::select(vec![Cause::Code, Cause::Machine])
}

fn creep() -> impl Strategy<Value = Creep> {
    (any::<i64>(), any::<i64>(), number(), [number(), number()], option::of(any::<bool>())).prop_map(
        |(from_index, to_index, percent_per_100_points, interval_percent, is_worse)| Creep {
            from_index,
            to_index,
            percent_per_100_points,
            interval_percent,
            is_worse,
        },
    )
}

fn level() -> impl Strategy<Value = Level> {
    (positive(), any::<u64>(), option::of(positive()), option::of(any::<bool>()))
        .prop_map(|(value, points, baseline, is_described)| Level { value, points, baseline, is_described })
}

fn event() -> impl Strategy<Value = Event> {
    let counts = (any::<u64>(), any::<u64>());
    (name(), cause(), any::<i64>(), option::of(time()), collection::vec(name(), 0..2), counts).prop_map(
        |(machine, cause, index, time, controls, (changed, series))| Event {
            machine,
            cause,
            index,
            time,
            controls,
            changed,
            series,
        },
    )
}

fn alarms() -> impl Strategy<Value = Alarms> {
    (time(), 0..100u64, 0..100u64, 0..100u64).prop_map(|(created, right, unread, false_alarms)| Alarms {
        schema_version: SCHEMA_VERSION,
        created,
        right,
        unread,
        false_alarms,
    })
}

fn watch() -> impl Strategy<Value = Watch> {
    let unchanged = (collection::vec(text(), 0..3), collection::vec(text(), 0..3), 6..1000u64);
    let slowed = (positive(), collection::vec(text(), 0..3), 3..1000u64);
    (platform(), time(), option::of(text()), option::of(text()), unchanged, slowed).prop_map(
        |(
            platform,
            created,
            class,
            commit,
            (false_regressions, false_improvements, judged),
            (percent, missed, cases),
        )| {
            Watch {
                schema_version: SCHEMA_VERSION,
                platform,
                created,
                class,
                commit,
                unchanged: Unchanged { judged, false_regressions, false_improvements },
                slowed: Slowed { percent, cases, missed },
            }
        },
    )
}

fn crossval() -> impl Strategy<Value = Crossval> {
    let machine = (by_name(library(), 0..3), by_name(machine_limit(), 1..3), by_name(text(), 0..2));
    let rows = (by_name(agreement_row(), 0..3), by_name(speed_row(), 0..3));
    (platform(), time(), context(), machine, rows).prop_map(
        |(platform, created, context, (libraries, limits, unmeasured), (agreement, mut speed))| {
            // A row's limit is one of those that were measured.
            let name = limits.keys().next().expect("there is one");
            for limit in speed.values_mut().filter_map(|row| row.limit.as_mut()) {
                limit.name.clone_from(name);
            }
            Crossval {
                schema_version: SCHEMA_VERSION,
                platform,
                created,
                context,
                libraries,
                limits,
                agreement,
                speed,
                unmeasured,
            }
        },
    )
}

fn library() -> impl Strategy<Value = Library> {
    (text(), option::of(text()), any::<bool>()).prop_map(|(text, detail, took_part)| Library {
        version: took_part.then(|| text.clone()),
        detail,
        reason: (!took_part).then_some(text),
    })
}

fn machine_limit() -> impl Strategy<Value = MachineLimit> {
    (option::of(positive()), unit(), any::<u64>(), option::of(0.0..=1.0f64), reason()).prop_map(
        |(value, unit, samples, accepted_share, reason)| {
            let mut limit = MachineLimit { value, unit, samples, accepted_share, unmeasured: BTreeMap::new() };
            limit.explain_nulls(&BTreeMap::new(), &reason);
            limit
        },
    )
}

fn agreement_row() -> impl Strategy<Value = AgreementRow> {
    let status = sample::select(vec![AgreementStatus::Agrees, AgreementStatus::Disagrees, AgreementStatus::Failed]);
    let contract = sample::select(vec![AgreementContract::Exact, AgreementContract::Tolerance]);
    let distances = (option::of(positive()), option::of(any::<u64>()), option::of(positive()));
    let tried = (collection::vec(name(), 0..3), any::<u64>());
    (status, contract, reason(), tried, distances, worst_output()).prop_map(
        |(status, contract, reason, (inputs, outputs), distances, worst)| {
            let mut row = AgreementRow {
                status,
                reason: (status != AgreementStatus::Agrees).then(|| reason.clone()),
                contract,
                inputs,
                outputs,
                largest_relative_error: distances.0,
                largest_ulp: distances.1,
                largest_bound_share: distances.2,
                worst: (status == AgreementStatus::Disagrees).then_some(worst),
                unmeasured: BTreeMap::new(),
            };
            row.explain_nulls(&BTreeMap::new(), &reason);
            row
        },
    )
}

fn worst_output() -> impl Strategy<Value = WorstOutput> {
    (name(), any::<u64>(), text(), text(), text()).prop_map(|(inputs, index, got, expected, bound)| WorstOutput {
        inputs,
        index,
        got,
        expected,
        bound,
    })
}

fn speed_row() -> impl Strategy<Value = SpeedRow> {
    let ratios = (option::of(speed_ratio()), speed_ratio(), option::of(positive()));
    (unit(), 1..u64::MAX, by_name(contestant(), 1..4), any::<bool>(), ratios, reason()).prop_map(
        |(unit, amount, contestants, has_peer, (to_best, to_ours, limit), reason)| {
            let ours = contestants.keys().next().expect("there is one").clone();
            let mut row = SpeedRow {
                unit,
                amount,
                best_peer: has_peer.then(|| ours.clone()),
                ratio_to_best_peer: to_best,
                ratios: BTreeMap::from([(ours.clone(), to_ours)]),
                limit: limit.map(|ratio| LimitRatio { name: String::new(), ratio }),
                slower_than_scalar: vec![ours.clone()],
                ours,
                contestants,
                unmeasured: BTreeMap::new(),
            };
            row.explain_nulls(&BTreeMap::new(), &reason);
            row
        },
    )
}

fn contestant() -> impl Strategy<Value = Contestant> {
    let numbers = (option::of(positive()), option::of(positive()), option::of(positive()), option::of(positive()));
    let words = (option::of(text()), option::of(text()));
    (words, numbers, any::<u64>(), option::of(0.0..=1.0f64), reason()).prop_map(
        |((call, outside_contract), numbers, samples, accepted_share, reason)| {
            let mut contestant = Contestant {
                call,
                throughput: numbers.0,
                p50_ns: numbers.1,
                min_ns: numbers.2,
                samples,
                accepted_share,
                largest_error: numbers.3,
                outside_contract,
                unmeasured: BTreeMap::new(),
            };
            contestant.explain_nulls(&BTreeMap::new(), &reason);
            contestant
        },
    )
}

fn speed_ratio() -> impl Strategy<Value = SpeedRatio> {
    (0.1..10.0f64, 1.0..2.0f64, 0.0..=1.0f64, 1..u64::MAX).prop_map(|(value, wide, confidence, rounds)| SpeedRatio {
        value,
        lower: value / wide,
        upper: value * wide,
        confidence,
        rounds,
    })
}

fn unit() -> impl Strategy<Value = ThroughputUnit> {
    use ThroughputUnit::{BytesPerSecond, ElementsPerSecond, FlopsPerSecond, TokensPerSecond};
    sample::select(vec![FlopsPerSecond, BytesPerSecond, ElementsPerSecond, TokensPerSecond])
}

/// Any text: quotes, line breaks, control characters and what lies beyond the first plane.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", "\\PC{0,8}", "[\\x00-\\x1f\"\\\\/\u{7f}\u{85}\u{2028}\u{1f30a}]{0,4}"]
}

/// A text that is not blank.
fn reason() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("because {text}"))
}

/// The name of a case or a class; dots and brackets also stand in paths of fields.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,4}_f32/(scalar|avx2)/n[1-9]0{0,3}", "[a-zé\\[\\]. ]{1,12}"]
}

fn by_name<V: std::fmt::Debug>(
    value: impl Strategy<Value = V>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = BTreeMap<String, V>> {
    collection::btree_map(name(), value, count)
}

/// Any number above 0, the least ones too.
fn positive() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NORMAL, POSITIVE, SUBNORMAL};
    POSITIVE | NORMAL | SUBNORMAL
}

/// Any number.
fn number() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO
}

fn time() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.as_second()..=Timestamp::MAX.as_second())
        .prop_map(|second| Timestamp::from_second(second).expect("it is in range"))
}

fn platform() -> impl Strategy<Value = PlatformKey> {
    sample::select(vec!["linux-x86_64", "linux-aarch64", "macos-aarch64"])
        .prop_map(|key| key.parse().expect("it stands in platforms.toml"))
}

fn isa() -> impl Strategy<Value = IsaLevel> {
    sample::select(&IsaLevel::ALL[..])
}

fn git() -> impl Strategy<Value = Git> {
    ("[0-9a-f]{40}", option::of(text()), any::<bool>()).prop_map(|(commit, branch, dirty)| Git {
        commit,
        branch,
        dirty,
    })
}

fn context() -> impl Strategy<Value = Context> {
    let settings = collection::vec(setting(), 0..2);
    let numbers = (option::of(positive()), option::of(positive()), option::of(any::<u64>()));
    (
        option::of(git()),
        machine(),
        option::of("[0-9a-f]{64}"),
        option::of(toolchain()),
        (settings, by_name(text(), 0..2)),
        numbers,
        (by_name(positive(), 0..2), option::of(isa())),
    )
        .prop_map(
            |(git, machine, program_sha256, toolchain, (settings, environment), numbers, (injected, isa_cap))| {
                Context {
                    git,
                    machine,
                    program_sha256,
                    toolchain,
                    settings,
                    environment,
                    clock_precision_ns: numbers.0,
                    probe_floor_ns: numbers.1,
                    seed: numbers.2,
                    injected,
                    isa_cap,
                }
            },
        )
}

fn machine() -> impl Strategy<Value = Machine> {
    let names = (text(), text(), text(), text());
    let what = (option::of(any::<u32>()), option::of(any::<u64>()), by_name(any::<u64>(), 0..3));
    let how = (option::of(any::<bool>()), any::<bool>(), option::of(name()));
    (names, collection::vec(isa(), 0..3), what, how).prop_map(|(names, isa_levels, what, how)| Machine {
        cpu_model: names.0,
        cpu_id: names.1,
        isa_levels,
        logical_cpus: what.0,
        memory_bytes: what.1,
        caches_bytes: what.2,
        os: names.2,
        kernel: names.3,
        virtualized: how.0,
        emulated: how.1,
        class: how.2,
    })
}

fn toolchain() -> impl Strategy<Value = Toolchain> {
    (text(), text(), text(), text()).prop_map(|(rustc, target, rustflags, profile)| Toolchain {
        rustc,
        target,
        rustflags,
        profile,
    })
}

fn setting() -> impl Strategy<Value = Setting> {
    (text(), text(), any::<bool>(), option::of(text())).prop_map(|(name, requested, held, remedy)| Setting {
        name,
        requested,
        held,
        remedy,
    })
}

fn controls() -> impl Strategy<Value = BTreeMap<String, Control>> {
    by_name(collection::vec(positive(), 0..3).prop_map(|launches| Control { launches }), 0..3)
}

fn dispatch() -> impl Strategy<Value = BTreeMap<String, IsaLevel>> {
    by_name(isa(), 0..3)
}

fn cases() -> impl Strategy<Value = BTreeMap<String, CaseRow>> {
    by_name(case(), 0..3)
}

fn case() -> impl Strategy<Value = CaseRow> {
    let what = (status(), option::of(bound()), option::of(work()));
    let numbers = (
        option::of(positive()),
        option::of(1..=u64::MAX),
        option::of(0.0..1e9),
        option::of(0.0..=1.0),
        option::of(any::<u64>()),
        option::of("[0-9a-f]{16}"),
        option::of(positive()),
        option::of(any::<u64>()),
        option::of(any::<u64>()),
    );
    (what, throughput(), latency(), collection::vec(launch(), 0..3), numbers, reason()).prop_map(
        |((status, bound, work), throughput, latency, launches, numbers, reason)| {
            let mut case = CaseRow {
                status,
                reason: (status != Status::Measured).then(|| reason.clone()),
                bound,
                work,
                throughput,
                latency,
                launches,
                smallest_change_percent: numbers.0,
                interval_percent: numbers.6,
                peak_memory_bytes: numbers.1,
                allocations: numbers.7,
                allocated_bytes: numbers.8,
                cpu_percent: numbers.2,
                accuracy: numbers.3,
                instructions: numbers.4,
                checksum: numbers.5,
                unmeasured: BTreeMap::new(),
            };
            case.explain_nulls(&BTreeMap::new(), &reason);
            case
        },
    )
}

fn status() -> impl Strategy<Value = Status> {
    sample::select(vec![Status::Measured, Status::Failed, Status::TimedOut, Status::Skipped])
}

fn bound() -> impl Strategy<Value = Bound> {
    sample::select(vec![Bound::Latency, Bound::Throughput, Bound::Memory])
}

fn work() -> impl Strategy<Value = Work> {
    (any::<u64>(), any::<u64>(), any::<u64>(), option::of(any::<u64>()))
        .prop_map(|(flops, bytes, elements, tokens)| Work { flops, bytes, elements, tokens })
}

fn throughput() -> impl Strategy<Value = Throughput> {
    let units = vec![
        ThroughputUnit::FlopsPerSecond,
        ThroughputUnit::BytesPerSecond,
        ThroughputUnit::ElementsPerSecond,
        ThroughputUnit::TokensPerSecond,
    ];
    (option::of(positive()), option::of(sample::select(units))).prop_map(|(value, unit)| Throughput { value, unit })
}

fn latency() -> impl Strategy<Value = Latency> {
    collection::vec(option::of(positive()), 5).prop_map(|numbers| Latency {
        p50_ns: numbers[0],
        p95_ns: numbers[1],
        p99_ns: numbers[2],
        mean_ns: numbers[3],
        min_ns: numbers[4],
    })
}

fn launch() -> impl Strategy<Value = Launch> {
    let times = collection::vec(option::of(positive()), 4);
    let counts =
        (option::of(any::<u32>()), option::of(any::<u64>()), option::of(any::<u64>()), option::of(any::<u64>()));
    let shares = (option::of(0.0..=1.0), option::of(0.0..1e9), option::of(1..=u64::MAX));
    (times, counts, shares).prop_map(|(times, counts, shares)| Launch {
        throughput: times[0],
        latency_p50_ns: times[1],
        samples: counts.0,
        accepted_share: shares.0,
        ungated_throughput: times[2],
        ungated_p50_ns: times[3],
        iterations_per_sample: counts.1,
        peak_memory_bytes: shares.2,
        cpu_percent: shares.1,
        stolen_ns: counts.2,
        switches: counts.3,
    })
}

fn class() -> impl Strategy<Value = ClassBaseline> {
    collection::vec(report(), 0..2)
        .prop_map(|reports| ClassBaseline { sessions: reports.into_iter().map(ordinary).collect() })
}

/// A session that may be expected of others.
fn ordinary(report: Report) -> Session {
    let mut session = Session::from(report);
    session.context.injected.clear();
    session.context.isa_cap = None;
    session.context.machine.emulated = false;
    session
}

fn limits() -> impl Strategy<Value = Limits> {
    let percent = (0.1..50.0, 0.1..5000.0, 0.1..5000.0, 0.1..5000.0, 0.001..0.5);
    (percent, option::of(0.1..4000.0), collection::vec(option::of(positive()), 4)).prop_map(
        |(percent, tail, floors)| {
            Limits {
                throughput_call_increase_ns: floors[0],
                // The tail's limit is told apart in both levels or in none, so that they cannot cross.
                latency_p95_increase_percent: tail,
                latency_p99_increase_percent: tail,
                latency_increase_ns: floors[1],
                memory_increase_bytes: floors[2],
                instructions_increase_count: floors[3],
                ..Limits::of_percent([percent.0, percent.1, percent.2, percent.3], percent.4)
            }
        },
    )
}

fn thresholds() -> impl Strategy<Value = Thresholds> {
    limits().prop_map(|warning| Thresholds {
        critical: Limits {
            throughput_decrease_percent: warning.throughput_decrease_percent * 2.0,
            latency_increase_percent: warning.latency_increase_percent * 2.0,
            latency_p95_increase_percent: warning.latency_p95_increase_percent.map(|percent| percent * 2.0),
            latency_p99_increase_percent: warning.latency_p99_increase_percent.map(|percent| percent * 2.0),
            memory_increase_percent: warning.memory_increase_percent * 2.0,
            accuracy_decrease: warning.accuracy_decrease * 2.0,
            instructions_increase_percent: warning.instructions_increase_percent * 2.0,
            ..warning
        },
        warning,
    })
}

fn one_override() -> impl Strategy<Value = Override> {
    // The lowest warning and the highest critical limits agree with whatever the general ones are.
    (option::of(Just(0.001)), option::of(Just(100.0)), reason(), day()).prop_map(
        |(warning, critical, reason, until)| Override {
            platform: "^linux-".to_owned(),
            case: "^dot_f32/(avx2|scalar)/".to_owned(),
            critical: PartialLimits { throughput_decrease_percent: critical, ..PartialLimits::default() },
            warning: PartialLimits { accuracy_decrease: warning, ..PartialLimits::default() },
            reason,
            until,
        },
    )
}

fn accepted() -> impl Strategy<Value = Accepted> {
    let more = (option::of(0.1..1e6), option::of("[0-9a-f]{40}"), option::of(sample::select(&Rule::ALL[..])), day());
    ("[0-9a-f]{40}", reason(), more).prop_map(|(since, reason, (change, baseline, rule, until))| Accepted {
        platform: ".*".to_owned(),
        case: "/avx2/".to_owned(),
        since,
        reason,
        changes: AcceptedChanges { latency_p50: change, ..AcceptedChanges::default() },
        baseline,
        rule,
        until,
    })
}

fn day() -> impl Strategy<Value = Option<jiff::civil::Date>> {
    option::of((1..=9999_i16, 1..=12_i8, 1..=28_i8))
        .prop_map(|day| day.map(|(year, month, day)| jiff::civil::date(year, month, day)))
}

fn side() -> impl Strategy<Value = Side> {
    (text(), option::of(text()), any::<u32>(), option::of(git()), option::of(time()))
        .prop_map(|(file, class, sessions, git, created)| Side { file, class, sessions, git, created })
}

fn row() -> impl Strategy<Value = Row> {
    let metrics = vec![
        Metric::Throughput,
        Metric::LatencyP50,
        Metric::LatencyP95,
        Metric::LatencyP99,
        Metric::Memory,
        Metric::Accuracy,
        Metric::Instructions,
    ];
    let units = vec![
        Unit::FlopsPerSecond,
        Unit::BytesPerSecond,
        Unit::ElementsPerSecond,
        Unit::TokensPerSecond,
        Unit::PerSecond,
        Unit::Ns,
        Unit::Bytes,
        Unit::Share,
        Unit::Instructions,
    ];
    let what = (option::of(sample::select(metrics)), option::of(sample::select(units)));
    let numbers = collection::vec(option::of(number()), 3);
    let interval = option::of((number(), number()).prop_map(|(one, other)| [one.min(other), one.max(other)]));
    let verdict = (
        sample::select(&Verdict::ALL[..]),
        option::of(sample::select(vec![Certainty::Suspected, Certainty::Confirmed])),
        text(),
        option::of(sample::select(vec![Interleaved::Slices, Interleaved::Launches])),
        option::of(sample::select(&Verdict::ALL[..])),
    );
    let thresholds = option::of((positive(), positive(), option::of(positive()), text()));
    let further = (option::of(positive()), option::of(any::<u32>()));
    (name(), what, numbers, interval, further, thresholds, verdict, marks()).prop_map(
        |(case, (metric, unit), numbers, interval_percent, further, thresholds, verdict, marks)| Row {
            case,
            rule: marks.0,
            metric,
            unit,
            baseline: numbers[0],
            candidate: numbers[1],
            change_percent: numbers[2],
            interval_percent,
            smallest_change_percent: further.0,
            further_launches: further.1,
            thresholds: thresholds.map(|(critical_percent, warning_percent, floor, source)| AppliedThresholds {
                critical_percent,
                warning_percent,
                critical_floor: floor,
                warning_floor: floor,
                source,
            }),
            verdict: verdict.0,
            certainty: verdict.1,
            severity: marks.1,
            known: marks.2,
            alarm: marks.3,
            reason: verdict.2,
            interleaved: verdict.3,
            report_verdict: verdict.4,
        },
    )
}

fn marks() -> impl Strategy<Value = (Option<Rule>, Option<Severity>, Option<Known>, Option<Alarm>)> {
    let known = (text(), text(), option::of(number()));
    let alarm = (time(), option::of(text()), 0..=1_u8);
    (
        option::of(sample::select(&Rule::ALL[..])),
        option::of(sample::select(vec![Severity::Minor, Severity::Moderate, Severity::Severe])),
        option::of(known.prop_map(|(since, reason, change_percent)| Known { since, reason, change_percent })),
        option::of(alarm.prop_map(|(since, commit, sessions_back)| Alarm { since, commit, sessions_back })),
    )
}

fn summary() -> impl Strategy<Value = Summary> {
    let notes = collection::vec(text(), 0..3);
    let wide = (any::<u32>(), any::<u32>(), number(), collection::vec(text(), 0..3), text());
    let wide = option::of(wide.prop_map(|(cases, judged, change_percent, differences, reason)| WideChange {
        cases,
        judged,
        change_percent,
        differences,
        reason,
    }));
    (by_name(any::<u32>(), 0..3), option::of(text()), wide, notes, any::<u8>(), text()).prop_map(
        |(cases, machine_change, wide_change, notes, exit_code, exit_reason)| Summary {
            cases,
            machine_change,
            wide_change,
            notes,
            exit_code,
            exit_reason,
        },
    )
}
