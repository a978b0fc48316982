//! Thresholds: each metric's own, and the floors below which no percentage matters.

use schema::{
    baselines::{Baselines, Override, PartialLimits},
    comparison::{Metric, Row, Severity, Verdict},
};

use crate::bench::{around, baselines, calmly_beside, compared, of, pair, paired_under, report, three_sessions};

/// Three sessions under limits of which some are others.
fn under(critical: PartialLimits, warning: PartialLimits) -> Baselines {
    let one = Override {
        platform: ".".to_owned(),
        case: ".".to_owned(),
        critical,
        warning,
        reason: "a test".to_owned(),
        until: None,
    };
    Baselines { overrides: vec![one], ..three_sessions() }
}

fn latency_floor(ns: f64) -> PartialLimits {
    PartialLimits { latency_increase_ns: Some(ns), ..PartialLimits::default() }
}

/// What is said of a microsecond that takes 40 % longer, under floors of latency.
fn latency(critical: PartialLimits, warning: PartialLimits) -> Row {
    of(&compared(&report(9, around(1.4)), &under(critical, warning)), Metric::LatencyP50)
}

#[test]
fn a_regression_below_the_floor_is_stable_and_says_that_the_floor_decided() {
    let row = latency(PartialLimits::default(), latency_floor(500.0));
    assert_eq!(row.verdict, Verdict::Stable);
    insta::assert_snapshot!(row.reason, @"at most 43.7 % more time; warned from 500 ns (50.0 % here), critical from 500 ns (50.0 % here)");
}

#[test]
fn a_regression_past_the_floor_is_judged_by_the_percentages() {
    let row = latency(latency_floor(100.0), latency_floor(100.0));
    assert_eq!(row.verdict, Verdict::Critical);
    assert!(row.reason.ends_with("warned from 15 %, critical from 25 %"), "{}", row.reason);
}

#[test]
fn a_regression_between_the_two_floors_is_a_warning() {
    assert_eq!(latency(latency_floor(600.0), latency_floor(100.0)).verdict, Verdict::Warning);
}

#[test]
fn a_row_says_which_floors_applied() {
    let thresholds = latency(latency_floor(600.0), latency_floor(100.0)).thresholds.expect("thresholds");
    assert_eq!((thresholds.critical_floor, thresholds.warning_floor), (Some(600.0), Some(100.0)));
}

#[test]
fn an_improvement_below_the_floor_is_none() {
    let verdict = |ns| {
        let baselines = under(PartialLimits::default(), latency_floor(ns));
        of(&compared(&report(9, around(0.7)), &baselines), Metric::LatencyP50).verdict
    };
    assert_eq!([verdict(100.0), verdict(900.0)], [Verdict::Improved, Verdict::Stable]);
}

#[test]
fn the_floor_of_throughput_is_the_time_of_a_call() {
    // A call takes a microsecond, and 40 % more are 400 ns.
    let verdict = |ns| {
        let floor = PartialLimits { throughput_call_increase_ns: Some(ns), ..PartialLimits::default() };
        of(&compared(&report(9, around(1.4)), &under(floor, floor)), Metric::Throughput).verdict
    };
    assert_eq!([verdict(200.0), verdict(800.0)], [Verdict::Critical, Verdict::Stable]);
}

#[test]
fn the_floor_of_memory_counts_bytes() {
    let verdict = |bytes| {
        let mut larger = around(1.0);
        for launch in &mut larger.launches {
            launch.peak_memory_bytes = Some(12 << 20);
        }
        let floor = PartialLimits { memory_increase_bytes: Some(bytes), ..PartialLimits::default() };
        of(&compared(&report(9, larger), &under(floor, floor)), Metric::Memory).verdict
    };
    assert_eq!([verdict(1e6), verdict(1e7)], [Verdict::Critical, Verdict::Stable]);
}

#[test]
fn the_floor_of_instructions_counts_them() {
    let verdict = |count| {
        let with = |hour, instructions| {
            let mut report = report(hour, around(1.0));
            let row = report.cases.values_mut().next().expect("a case");
            row.instructions = Some(instructions);
            row.unmeasured.remove("instructions");
            report
        };
        let floor = PartialLimits { instructions_increase_count: Some(count), ..PartialLimits::default() };
        let expected = Baselines { overrides: under(floor, floor).overrides, ..baselines([with(1, 100)]) };
        of(&compared(&with(9, 110), &expected), Metric::Instructions).verdict
    };
    assert_eq!([verdict(5.0), verdict(50.0)], [Verdict::Critical, Verdict::Stable]);
}

#[test]
fn floors_hold_for_a_pair_too() {
    let verdict = |ns| {
        let baselines = under(latency_floor(ns), latency_floor(ns));
        of(&paired_under(&pair(calmly_beside(1.4)), &baselines), Metric::LatencyP50).verdict
    };
    assert_eq!([verdict(100.0), verdict(900.0)], [Verdict::Critical, Verdict::Stable]);
}

#[test]
fn the_tails_have_thresholds_of_their_own() {
    let with = |hour, factor: f64| {
        let mut report = report(hour, around(1.0));
        let row = report.cases.values_mut().next().expect("a case");
        (row.latency.p95_ns, row.latency.p99_ns) = (Some(2000.0 * factor), Some(3000.0 * factor));
        row.unmeasured.retain(|field, _| !field.starts_with("latency.p9"));
        report
    };
    let own = |percent| PartialLimits { latency_p99_increase_percent: Some(percent), ..PartialLimits::default() };
    let nights = (1..=6).map(|hour| with(hour, 1.0 + f64::from(hour) * 1e-3));
    let expected = Baselines { overrides: under(own(90.0), own(80.0)).overrides, ..baselines(nights) };
    let comparison = compared(&with(9, 1.5), &expected);
    let verdicts = [Metric::LatencyP95, Metric::LatencyP99].map(|metric| of(&comparison, metric).verdict);
    assert_eq!(verdicts, [Verdict::Critical, Verdict::Stable]);
}

#[test]
fn a_regression_has_the_word_for_its_size_and_others_have_none() {
    let severity = |factor: f64| {
        let row = of(&compared(&report(9, around(factor)), &three_sessions()), Metric::LatencyP50);
        (row.verdict, row.severity)
    };
    assert_eq!(severity(1.7), (Verdict::Critical, Some(Severity::Severe)));
    assert_eq!(severity(1.18), (Verdict::Warning, Some(Severity::Minor)));
    assert_eq!(severity(0.5), (Verdict::Improved, None));
    assert_eq!(severity(1.12), (Verdict::Stable, None));
}
