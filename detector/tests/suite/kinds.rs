//! What a case is expected to spread by: learnt from the baseline's cases of its kind, and from nothing else.

use std::collections::BTreeMap;

use detector::comparison::compare;
use schema::{
    baselines::Baselines,
    case::{Bound, CaseRow},
    comparison::{Metric, Row},
    report::{Control, Report},
};

use crate::bench::{CASE, baselines, compared, report, request, row};

/// The cases beside the one that is judged.
const OTHERS: [&str; 4] = ["add_f32/avx2/n100", "mul_f32/avx2/n100", "max_f32/avx2/n100", "sum_f32/avx2/n100"];

fn of_kind(bound: Bound, calls_ns: &[f64]) -> CaseRow {
    CaseRow { bound: Some(bound), ..row(calls_ns) }
}

/// Launches that spread by about `percent`, around a time.
fn spread(percent: f64, around_ns: f64) -> Vec<f64> {
    [0.0, 1.0, -1.0, 0.6, -0.6].map(|place| around_ns * (1.0 + place * percent / 100.0)).to_vec()
}

fn with(mut report: Report, others: &BTreeMap<&str, CaseRow>) -> Report {
    report.cases.extend(others.iter().map(|(case, row)| ((*case).to_owned(), row.clone())));
    report
}

/// A throughput-bound case whose launches spread by 1 %, in a session beside others of its kind that spread by
/// `percent`.
fn session_beside(percent: f64) -> Baselines {
    let others = OTHERS.map(|case| (case, of_kind(Bound::Throughput, &spread(percent, 500.0)))).into();
    baselines([with(report(1, of_kind(Bound::Throughput, &spread(1.0, 1000.0))), &others)])
}

fn candidate() -> Report {
    report(9, of_kind(Bound::Throughput, &spread(1.0, 1060.0)))
}

fn latency(candidate: &Report, baselines: &Baselines) -> Row {
    let rows = compared(candidate, baselines).rows;
    let its = |row: &Row| row.case == CASE && row.metric == Some(Metric::LatencyP50);
    rows.into_iter().find(its).expect("it is judged")
}

#[test]
fn a_case_is_judged_the_same_alone_and_among_many() {
    let baselines = session_beside(0.2);
    let alone = latency(&candidate(), &baselines);
    for (percent, around_ns) in [(0.1, 500.0), (20.0, 500.0), (0.1, 1500.0)] {
        let others = OTHERS.map(|case| (case, of_kind(Bound::Throughput, &spread(percent, around_ns)))).into();
        assert_eq!(latency(&with(candidate(), &others), &baselines), alone, "{percent} % around {around_ns} ns");
    }
}

#[test]
fn a_filter_changes_no_verdict() {
    let baselines = session_beside(0.2);
    let only_it = detector::comparison::Request { filter: Some("^dot_f32/".parse().expect("a pattern")), ..request() };
    let filtered = compare(&candidate(), &baselines, &only_it).expect("there is something to compare");
    let its = filtered.rows.into_iter().find(|row| row.metric == Some(Metric::LatencyP50));
    assert_eq!(its, Some(latency(&candidate(), &baselines)));
}

#[test]
fn what_the_kind_is_known_for_makes_a_case_surer() {
    let noisy = || of_kind(Bound::Throughput, &spread(4.0, 1000.0));
    let seen = |bound| {
        let others = OTHERS.map(|case| (case, of_kind(bound, &spread(4.0, 500.0)))).into();
        let baselines = baselines([with(report(1, noisy()), &others)]);
        latency(&report(9, noisy()), &baselines).smallest_change_percent.expect("an interval")
    };
    let (of_kind, of_itself) = (seen(Bound::Throughput), seen(Bound::Memory));
    assert!(of_kind < 0.9 * of_itself, "{of_kind} % and {of_itself} %: another kind says nothing of it");
}

#[test]
fn the_order_of_the_baselines_sessions_does_not_matter() {
    let one = report(1, of_kind(Bound::Throughput, &spread(1.0, 1000.0)));
    let other = report(2, of_kind(Bound::Throughput, &spread(2.0, 1010.0)));
    let forth = latency(&candidate(), &baselines([one.clone(), other.clone()]));
    assert_eq!(forth, latency(&candidate(), &baselines([other, one])));
}

/// A history of twelve nights before the candidate's, each moved by `percent` up or down, and by `step` from the seventh on.
fn history(percent: f64, step: f64) -> Vec<Report> {
    let nights = [0.3, -1.0, 0.8, -0.2, 1.0, -0.7, 0.1, 0.9, -0.9, -0.4, 0.6, -0.5];
    let of_night = |(night, place): (usize, f64)| {
        let factor = (1.0 + place * percent / 100.0) * if night >= 6 { step } else { 1.0 };
        let mut report = report(4, of_kind(Bound::Throughput, &spread(0.2, 1000.0 * factor)));
        report.created = format!("2026-01-{:02}T04:00:00Z", 10 + night).parse().expect("a time");
        report
    };
    nights.into_iter().enumerate().map(of_night).collect()
}

/// The smallest change that could be seen against one session, knowing that history.
fn sees_after(history: Vec<Report>) -> f64 {
    let calm = |hour| report(hour, of_kind(Bound::Throughput, &spread(0.2, 1000.0)));
    let request = detector::comparison::Request { history, ..request() };
    let rows = compare(&calm(9), &baselines([calm(1)]), &request).expect("there is something to compare").rows;
    let its = rows.into_iter().find(|row| row.metric == Some(Metric::LatencyP50)).expect("it is judged");
    its.smallest_change_percent.expect("an interval")
}

#[test]
fn a_calm_history_makes_a_baseline_of_one_session_see_more_and_a_restless_one_less() {
    let (calm, unknown, restless) =
        (sees_after(history(0.1, 1.0)), sees_after(Vec::new()), sees_after(history(3.0, 1.0)));
    assert!(calm < 0.5 * unknown, "{calm} % after a calm history, {unknown} % without one");
    assert!(restless > 1.5 * unknown, "{restless} % after a restless history, {unknown} % without one");
}

#[test]
fn a_step_of_the_code_in_the_history_is_no_restlessness() {
    let (stepped, flat) = (sees_after(history(0.1, 1.2)), sees_after(history(0.1, 1.0)));
    assert!(stepped < 1.2 * flat, "{stepped} % with a step, {flat} % without");
}

#[test]
fn nights_of_a_machine_that_had_changed_are_no_restlessness() {
    let watched = |report: Report, step_ns: f64| {
        let controls = [("alu".to_owned(), Control { launches: vec![step_ns; 5] })].into();
        Report { controls, ..report }
    };
    let sees = |step: f64| {
        // Three nights in the middle are slower altogether, by more than the code ever moved.
        let of_night = |(night, report): (usize, Report)| {
            if (5..8).contains(&night) { watched(slower(report, 1.12), 0.25 * step) } else { watched(report, 0.25) }
        };
        let history = history(0.1, 1.0).into_iter().enumerate().map(of_night).collect();
        let calm = |hour| watched(report(hour, of_kind(Bound::Throughput, &spread(0.2, 1000.0))), 0.25);
        let request = detector::comparison::Request { history, ..request() };
        let rows = compare(&calm(9), &baselines([calm(1)]), &request).expect("there is something to compare").rows;
        let its = rows.into_iter().find(|row| row.metric == Some(Metric::LatencyP50)).expect("it is judged");
        its.smallest_change_percent.expect("an interval")
    };
    let (of_the_machine, of_the_code, calm) = (sees(1.12), sees(1.0), sees_after(history(0.1, 1.0)));
    assert!(of_the_machine < 1.2 * calm, "{of_the_machine} % after nights of another machine, {calm} % without them");
    assert!(of_the_code > 2.0 * calm, "{of_the_code} % where the controls did not move, {calm} % without such nights");
}

/// The same session, every launch so many times as long.
fn slower(mut report: Report, factor: f64) -> Report {
    for launch in report.cases.values_mut().flat_map(|row| &mut row.launches) {
        launch.throughput = launch.throughput.map(|throughput| throughput / factor);
        launch.latency_p50_ns = launch.latency_p50_ns.map(|latency_ns| latency_ns * factor);
    }
    report
}

#[test]
fn a_history_moves_no_expectation() {
    let of = |history| {
        let request = detector::comparison::Request { history, ..request() };
        let rows = compare(&candidate(), &session_beside(0.2), &request).expect("there is something to compare").rows;
        rows.into_iter().find(|row| row.metric == Some(Metric::LatencyP50)).and_then(|row| row.baseline)
    };
    let (with, without) = (of(history(0.1, 1.5)).expect("a baseline"), of(Vec::new()).expect("a baseline"));
    assert!((with / without - 1.0).abs() < 0.01, "{with} and {without}");
}

#[test]
fn what_came_after_the_candidate_or_ran_on_another_class_says_nothing() {
    let mut elsewhere = history(3.0, 1.0);
    for report in &mut elsewhere {
        report.context.machine.class = Some("another.1".to_owned());
    }
    let mut later = history(3.0, 1.0);
    for report in &mut later {
        report.created = "2027-01-01T00:00:00Z".parse().expect("a time");
    }
    let unknown = sees_after(Vec::new());
    assert_eq!((sees_after(elsewhere), sees_after(later)), (unknown, unknown));
}
