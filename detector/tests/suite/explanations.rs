//! A case explained: on which numbers its rows rest, and that the steps told are those that were taken.

use std::collections::BTreeMap;

use detector::{
    comparison::evidence::{Evidence, Sources, evidence, sized},
    output::{Glyphs, explain},
    verdict::verdict,
};
use proptest::prelude::*;
use schema::{
    baselines::{Baselines, Override, PartialLimits},
    case::{CaseRow, Status},
    comparison::{Comparison, Metric},
    pair::Pair,
    report::{Control, Report},
};
use statistics::percent_of_log;

use crate::bench::{
    CASE, around, baselines, beside, calmly_beside, compared, confirmed, pair, paired, report, row, three_sessions,
};

fn plain(comparison: &Comparison, evidence: &Evidence) -> String {
    anstream::adapter::strip_str(&explain(comparison, evidence, Glyphs::Unicode)).to_string()
}

/// The case of the bench, explained from a report and what it is held against.
fn explained(candidate: &Report, expected: &Baselines) -> String {
    let comparison = compared(candidate, expected);
    let found = evidence(CASE, &comparison, Sources { report: Some((candidate, expected)), pair: None, history: &[] });
    plain(&comparison, &found.expect("the case is there"))
}

fn explained_pair(pair: &Pair) -> String {
    let comparison = paired(pair);
    let found = evidence(CASE, &comparison, Sources { report: None, pair: Some(pair), history: &[] })
        .expect("the case is there");
    plain(&comparison, &found)
}

fn with_controls(mut report: Report, step_ns: f64) -> Report {
    let control = Control { launches: [1.0, 1.001, 0.999, 1.0, 1.0].map(|noise| noise * step_ns).to_vec() };
    report.controls = BTreeMap::from([("alu".to_owned(), control)]);
    report
}

#[test]
fn a_critical_case() {
    let expected = baselines([(1, 1.0), (2, 1.004), (3, 0.995)].map(|(hour, factor)| {
        with_controls(report(hour, row(&[1000.0, 1004.0, 998.0, 1011.0, 996.0].map(|call_ns| call_ns * factor))), 1.0)
    }));
    let candidate = with_controls(report(9, row(&[1390.0, 1410.0, 1402.0, 1398.0, 1460.0])), 1.0);
    insta::assert_snapshot!(explained(&candidate, &expected));
}

#[test]
fn a_pair() {
    insta::assert_snapshot!(explained_pair(&pair(calmly_beside(1.12))));
}

#[test]
fn a_suspicion_that_a_pair_refuted() {
    let (candidate, expected, pair) = (report(9, around(1.4)), three_sessions(), pair(calmly_beside(1.0)));
    let comparison = confirmed(&candidate, &expected, &pair);
    let sources = Sources { report: Some((&candidate, &expected)), pair: Some(&pair), history: &[] };
    insta::assert_snapshot!(plain(&comparison, &evidence(CASE, &comparison, sources).expect("the case is there")));
}

#[test]
fn a_missing_case() {
    let failed = CaseRow::without_numbers(Status::Failed, "out of memory");
    insta::assert_snapshot!(explained(&report(9, failed), &three_sessions()));
}

/// The evidence of a comparison without a pair.
fn of_sessions(candidate: &Report, expected: &Baselines) -> (Comparison, Evidence) {
    let comparison = compared(candidate, expected);
    let sources = Sources { report: Some((candidate, expected)), pair: None, history: &[] };
    let found = evidence(CASE, &comparison, sources).expect("the case is there");
    (comparison, found)
}

fn interval_percent(low: f64, high: f64) -> [f64; 2] {
    [percent_of_log(low), percent_of_log(high)]
}

#[test]
fn the_interval_explained_is_that_of_the_row() {
    for launches in [[1400.0, 1390.0, 1410.0, 1402.0, 1398.0], [1060.0, 1160.0, 1020.0, 1140.0, 1100.0]] {
        let (comparison, evidence) = of_sessions(&report(9, row(&launches)), &three_sessions());
        for metric in [Metric::Throughput, Metric::LatencyP50, Metric::Memory] {
            let interval = evidence.metrics[&metric].interval.expect("launches on both sides");
            assert_eq!(
                crate::bench::of(&comparison, metric).interval_percent,
                Some(interval_percent(interval.low, interval.high)),
                "{metric:?}"
            );
        }
    }
}

#[test]
fn the_interval_of_a_tail_is_that_of_its_sessions() {
    let tail = |hour, p95_ns: f64| {
        let mut report = report(hour, around(1.0));
        let row = report.cases.get_mut(CASE).expect("the case");
        row.latency.p95_ns = Some(p95_ns);
        row.unmeasured.remove("latency.p95_ns");
        report
    };
    let expected = baselines([tail(1, 2000.0), tail(2, 2020.0), tail(3, 1990.0)]);
    let (comparison, evidence) = of_sessions(&tail(9, 2600.0), &expected);
    let interval = evidence.metrics[&Metric::LatencyP95].interval.expect("three sessions");
    assert_eq!(
        crate::bench::of(&comparison, Metric::LatencyP95).interval_percent,
        Some(interval_percent(interval.low, interval.high))
    );
}

#[test]
fn the_interval_explained_of_a_pair_is_that_of_the_row() {
    let pair = pair(beside(&[1.1, 1.15, 1.12, 1.13]));
    let comparison = paired(&pair);
    let evidence = evidence(CASE, &comparison, Sources { report: None, pair: Some(&pair), history: &[] })
        .expect("the case is there");
    for metric in [Metric::Throughput, Metric::LatencyP50, Metric::Memory] {
        let interval = evidence.metrics[&metric].pair.as_ref().expect("the pair has it").interval.expect("four");
        let [low, high] = interval_percent(interval.low, interval.high);
        let [row_low, row_high] = crate::bench::of(&comparison, metric).interval_percent.expect("an interval");
        assert!((low - row_low).abs() < 1e-9 && (high - row_high).abs() < 1e-9, "{metric:?}");
    }
}

proptest! {
    #[test]
    fn what_is_told_of_a_size_is_what_was_judged(factor in 0.5..2.0f64, noise in 0.0..0.2f64) {
        let launches = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|step| 1000.0 * factor * (1.0 + step * noise));
        let comparison = compared(&report(9, row(&launches)), &three_sessions());
        for row in &comparison.rows {
            let (change, bars) = sized(row).expect("every row has an interval or is counted");
            prop_assert_eq!(verdict(change, bars), row.verdict, "{:?}", row);
        }
    }

    #[test]
    fn no_line_is_wider_than_a_log(
        times_ns in prop::collection::vec(1e-9..1e18f64, 1..8), factor in 0.1..10.0f64, reason in any::<String>()
    ) {
        let mut expected = baselines([report(1, row(&times_ns)), report(2, row(&times_ns))]);
        expected.overrides.push(latency_override(&format!("because of {reason}")));
        let candidate: Vec<f64> = times_ns.iter().map(|time| time * factor).collect();
        let text = explained(&report(9, row(&candidate)), &expected);
        for line in text.lines() {
            prop_assert!(unicode_width::UnicodeWidthStr::width(line) <= 100, "{line:?}");
        }
    }
}

fn latency_override(reason: &str) -> Override {
    let of = |percent| PartialLimits { latency_increase_percent: Some(percent), ..PartialLimits::default() };
    Override {
        platform: ".".to_owned(),
        case: "^dot_f32/".to_owned(),
        critical: of(50.0),
        warning: of(40.0),
        reason: reason.to_owned(),
        until: None,
    }
}

/// What is said of the question `name` of a metric.
#[track_caller]
fn step<'a>(text: &'a str, metric: &str, name: &str) -> &'a str {
    let from = text.find(&format!("\n{metric}: ")).expect("the metric is explained");
    let mut lines = text[from..].lines().filter_map(|line| line.trim_start().strip_prefix(name));
    lines.next().expect("the question is answered").trim_start()
}

#[test]
fn thresholds_of_an_override_are_told_with_its_reason() {
    let mut expected = three_sessions();
    expected.overrides.push(latency_override("it spreads"));
    let text = explained(&report(9, around(1.4)), &expected);
    assert_eq!(
        step(&text, "latency_p50", "thresholds"),
        "a warning from 40 % more, critical from 50 %; given by overrides[0]: it spreads"
    );
    assert!(step(&text, "throughput", "thresholds").ends_with("given by thresholds"), "{text}");
}

#[test]
fn a_machine_that_changed_is_told_and_one_that_nobody_watched() {
    let expected = baselines([1, 2, 3].map(|hour| with_controls(report(hour, around(1.0)), 1.0)));
    let moved = explained(&with_controls(report(9, around(1.4)), 1.3), &expected);
    assert!(
        step(&moved, "latency_p50", "machine?").starts_with("the machine itself changed: alu takes +30.0 %"),
        "{moved}"
    );
    let unwatched = explained(&report(9, around(1.4)), &expected);
    assert!(step(&unwatched, "latency_p50", "machine?").starts_with("not known: there are no controls"), "{unwatched}");
}

#[test]
fn a_suspicion_says_how_it_would_be_confirmed() {
    let text = explained(&report(9, around(1.4)), &baselines([report(1, around(1.0))]));
    assert!(step(&text, "latency_p50", "confirmed?").starts_with("not yet: a pair "), "{text}");
}

#[test]
fn doubt_is_told_from_both_sides_of_the_threshold() {
    let text = explained(&report(9, row(&[1040.0, 1190.0, 1000.0, 1170.0, 1100.0])), &three_sessions());
    assert!(
        step(&text, "throughput", "matters?").starts_with("not known: -8.9 % is past the warning threshold"),
        "{text}"
    );
    assert!(step(&text, "latency_p50", "matters?").starts_with("not known: +9.8 % is below the warning"), "{text}");
}

#[test]
fn one_launch_is_explained_without_an_interval() {
    let text = explained(&report(9, row(&[1400.0])), &three_sessions());
    assert_eq!(step(&text, "latency_p50", "real?"), "not known: the change has no interval");
    assert!(!text.contains("standard error"), "{text}");
}

#[test]
fn each_session_of_the_baseline_has_a_line() {
    let text = explained(&report(9, around(1.0)), &three_sessions());
    let from = text.find("\nlatency_p50: ").expect("the metric is explained");
    let lines: Vec<&str> = text[from..].lines().skip(3).take(4).collect();
    for (line, expected) in lines.iter().zip(["1.000 µs", "1.001 µs", "999.0 ns", "1.000 µs"]) {
        assert!(line.ends_with(expected), "{text}");
    }
}

#[test]
fn an_unknown_case_is_answered_with_those_that_are_like_it() {
    let named = |case: &str| {
        let (candidate, expected) = (report(9, around(1.0)), three_sessions());
        let sources = Sources { report: Some((&candidate, &expected)), pair: None, history: &[] };
        evidence(case, &compared(&candidate, &expected), sources).expect_err("no such case").to_string()
    };
    assert_eq!(
        named("dot_f32/avx2/n1000"),
        "the comparison has no case \"dot_f32/avx2/n1000\"; did you mean \"dot_f32/avx2/n10000\"?"
    );
    assert!(named("avx2").ends_with("did you mean \"dot_f32/avx2/n10000\"?"), "a part of it is like it");
    assert!(named("softmax").ends_with("none of its 1 is like it; --format json lists them"), "{}", named("softmax"));
}

#[test]
fn an_old_terminal_gets_what_it_can_show() {
    let (candidate, expected) = (report(9, around(1.4)), three_sessions());
    let (comparison, evidence) = of_sessions(&candidate, &expected);
    let text = explain(&comparison, &evidence, Glyphs::Ascii);
    assert!(text.contains("+------") && !text.contains(['•', '─', '◆']), "{text}");
}

#[test]
fn nothing_of_a_report_reaches_the_terminal_raw() {
    let failed = CaseRow::without_numbers(Status::Failed, "\u{1b}]0;owned\u{7}\u{202e}evil\nexit 0");
    let text = explained(&report(9, failed), &three_sessions());
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
}
