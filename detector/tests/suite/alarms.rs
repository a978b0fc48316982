//! Alarms over several sessions: opened at once, closed with patience.

use detector::comparison::{CompareError, Previous, Request, compare};
use schema::{
    baselines::{Accepted, AcceptedChanges, Baselines},
    case::{CaseRow, Status},
    comparison::{Alarm, Comparison, Metric, Row, Verdict},
    document::Document,
    report::Report,
};

use crate::bench::{CASE, around, of, report, request, row, three_sessions};

/// Compares the session of that hour after another.
fn after(previous: Option<&Comparison>, candidate: &Report, baselines: &Baselines) -> Result<Comparison, CompareError> {
    let previous =
        previous.map(|comparison| Previous { comparison: comparison.clone(), file: "yesterday.json".to_owned() });
    let comparison = compare(candidate, baselines, &Request { previous, ..request() })?;
    comparison.check().expect("the comparison is valid");
    Ok(comparison)
}

/// What the last of several sessions says of the median latency, each taking a row that many times as long or, of `None`,
/// scattered so widely that nothing can be told.
fn nights(factors: &[Option<f64>]) -> Comparison {
    let mut previous = None;
    for (hour, factor) in (9..).zip(factors) {
        let measured = factor.map_or_else(|| row(&[700.0, 1500.0, 1000.0, 1300.0, 800.0]), around);
        previous = Some(after(previous.as_ref(), &report(hour, measured), &three_sessions()).expect("cases"));
    }
    previous.expect("a night")
}

fn latency(factors: &[Option<f64>]) -> Row {
    of(&nights(factors), Metric::LatencyP50)
}

/// Sessions that an open alarm was back; `None` where none is open.
fn back(factors: &[Option<f64>]) -> Option<u8> {
    latency(factors).alarm.map(|alarm| alarm.sessions_back)
}

const BAD: Option<f64> = Some(1.4);
const WORSE: Option<f64> = Some(1.2);
const GOOD: Option<f64> = Some(1.0);
const UNSURE: Option<f64> = None;

#[test]
fn a_critical_row_opens_an_alarm_that_tells_when_and_where() {
    let expected = Alarm {
        since: "2026-01-31T09:00:00Z".parse().expect("a time"),
        commit: Some("c0ffee".repeat(6)),
        sessions_back: 0,
    };
    assert_eq!(latency(&[BAD]).alarm, Some(expected.clone()));
    assert_eq!(latency(&[BAD, BAD]).alarm, Some(expected));
}

#[test]
fn neither_a_warning_nor_less_opens_one() {
    assert_eq!([back(&[WORSE]), back(&[GOOD]), back(&[UNSURE])], [None; 3]);
}

#[test]
fn two_sessions_in_a_row_under_the_warning_threshold_close_it() {
    assert_eq!([back(&[BAD, GOOD]), back(&[BAD, GOOD, GOOD])], [Some(1), None]);
    let notes = nights(&[BAD, GOOD, GOOD]).summary.notes;
    assert!(notes.iter().any(|note| note.starts_with("closed: the alarm of dot_f32/avx2/n10000 ")), "{notes:#?}");
}

#[test]
fn an_open_alarm_says_what_closes_it() {
    let row = latency(&[BAD, GOOD]);
    assert_eq!(row.verdict, Verdict::Stable);
    let said = "alarm open since 2026-01-31 at c0ffeec0ffee; one more session under the warning threshold closes it";
    assert!(row.reason.ends_with(said), "{}", row.reason);
}

#[test]
fn a_session_between_the_thresholds_stays_critical_and_starts_the_count_anew() {
    let row = latency(&[BAD, WORSE]);
    assert_eq!(row.verdict, Verdict::Critical);
    assert!(row.reason.contains("critical still, since the alarm of 2026-01-31"), "{}", row.reason);
    assert_eq!(nights(&[BAD, WORSE]).summary.exit_code, 1);
    assert_eq!(back(&[BAD, GOOD, WORSE, GOOD]), Some(1));
}

#[test]
fn a_session_that_cannot_tell_neither_counts_nor_closes() {
    assert_eq!([back(&[BAD, UNSURE, GOOD]), back(&[BAD, GOOD, UNSURE])], [Some(1), Some(1)]);
    assert_eq!(back(&[BAD, GOOD, UNSURE, GOOD]), None);
    assert_eq!(latency(&[BAD, UNSURE]).verdict, Verdict::Inconclusive);
}

#[test]
fn a_session_that_may_be_past_the_warning_threshold_starts_the_count_anew() {
    let doubtful = report(11, row(&[900.0, 2000.0, 1000.0, 1900.0, 1200.0]));
    let previous = nights(&[BAD, GOOD]);
    let comparison = after(Some(&previous), &doubtful, &three_sessions()).expect("cases");
    let latency = of(&comparison, Metric::LatencyP50);
    assert_eq!((latency.verdict, latency.alarm.map(|alarm| alarm.sessions_back)), (Verdict::Inconclusive, Some(0)));
}

#[test]
fn a_closed_alarm_that_comes_back_is_a_new_one() {
    let alarm = latency(&[BAD, GOOD, GOOD, BAD]).alarm.expect("an alarm");
    assert_eq!(alarm.since.to_string(), "2026-01-31T12:00:00Z");
}

#[test]
fn a_case_that_fails_keeps_its_alarm() {
    let failed = report(10, CaseRow::without_numbers(Status::Failed, "it died"));
    let missing = after(Some(&nights(&[BAD])), &failed, &three_sessions()).expect("cases");
    assert!(of(&missing, Metric::LatencyP50).alarm.is_some());
    let back = after(Some(&missing), &report(11, around(1.0)), &three_sessions()).expect("cases");
    assert_eq!(of(&back, Metric::LatencyP50).alarm.expect("open").sessions_back, 1);
}

#[test]
fn a_case_that_neither_side_has_any_more_closes_its_alarm_with_a_note() {
    let elsewhere = |mut report: Report| {
        report.cases = [("sum_f32/avx2/n10".to_owned(), around(1.0))].into();
        report
    };
    let renewed = crate::bench::baselines([1, 2].map(|hour| elsewhere(report(hour, around(1.0)))));
    let comparison = after(Some(&nights(&[BAD])), &elsewhere(report(10, around(1.0))), &renewed).expect("cases");
    let closed = |note: &String| note.contains(CASE) && note.contains("neither side has the case any more");
    assert!(comparison.summary.notes.iter().any(closed), "{:#?}", comparison.summary.notes);
}

fn accepting(changes: AcceptedChanges) -> Baselines {
    let one = Accepted {
        platform: ".".to_owned(),
        case: ".".to_owned(),
        since: "fedcba98".to_owned(),
        reason: "a test".to_owned(),
        changes,
        baseline: None,
        rule: None,
        until: None,
    };
    Baselines { accepted: vec![one], ..three_sessions() }
}

#[test]
fn accepting_the_change_closes_its_alarm_at_once() {
    let changes = AcceptedChanges { latency_p50: Some(40.0), throughput: Some(-28.6), ..AcceptedChanges::default() };
    let comparison = after(Some(&nights(&[BAD])), &report(10, around(1.4)), &accepting(changes)).expect("cases");
    assert_eq!(of(&comparison, Metric::LatencyP50).alarm, None);
    assert!(comparison.summary.notes.iter().any(|note| note.ends_with("the change is accepted")));
}

#[test]
fn what_a_session_found_of_an_accepted_change_is_the_level_of_the_next() {
    let mut first = report(9, around(1.4));
    first.context.git.as_mut().expect("git").commit = "fedcba98".repeat(5);
    let without = accepting(AcceptedChanges::default());
    let found = after(None, &first, &without).expect("cases");
    let verdict = |factor| {
        let next = after(Some(&found), &report(10, around(factor)), &without).expect("cases");
        of(&next, Metric::LatencyP50).verdict
    };
    assert_eq!([verdict(1.4), verdict(2.0)], [Verdict::Stable, Verdict::Critical]);
}

#[track_caller]
fn check_refused(candidate: &Report, change: impl FnOnce(&mut Comparison), said: &str) {
    let mut previous = nights(&[BAD]);
    change(&mut previous);
    let error = after(Some(&previous), candidate, &three_sessions()).expect_err("it is refused").to_string();
    assert!(error.starts_with("yesterday.json: ") && error.contains(said), "{error}");
}

#[test]
fn a_comparison_of_elsewhere_or_of_no_earlier_session_is_refused() {
    let next = report(10, around(1.0));
    check_refused(
        &next,
        |previous| previous.platform = crate::bench::platform("macos-aarch64"),
        "it is of macos-aarch64",
    );
    check_refused(&next, |previous| previous.candidate.class = Some("other".to_owned()), "a machine of other");
    check_refused(&report(9, around(1.0)), |_| {}, "not later");
}
