//! Wide changes: many cases that moved together while the machine did not.

use schema::{
    baselines::Baselines,
    comparison::{Comparison, Metric, Row, WideChange},
    context::Toolchain,
    report::{Control, Report},
};

use crate::bench::{around, baselines, calmly_beside, compared, confirmed, pair, paired, report};

/// A session of cases that take these times, in microseconds, with a control.
fn cases(hour: u8, factors: &[f64], step_ns: f64) -> Report {
    let cases = (0..).zip(factors).map(|(n, factor)| (format!("dot_f32/avx2/n{n}"), around(*factor))).collect();
    let controls = [("alu".to_owned(), Control { launches: vec![step_ns; 5] })].into();
    Report { cases, controls, ..report(hour, around(1.0)) }
}

fn nights(count: usize) -> Baselines {
    baselines([1, 2, 3].map(|hour| cases(hour, &vec![1.0 + f64::from(hour) * 5e-4; count], 0.25)))
}

fn found(factors: &[f64]) -> Option<WideChange> {
    compared(&cases(9, factors, 0.25), &nights(factors.len())).summary.wide_change
}

/// `moved` of `all` cases by `factor`.
fn some(moved: usize, all: usize, factor: f64) -> Vec<f64> {
    (0..all).map(|n| if n < moved { factor } else { 1.0 }).collect()
}

#[test]
fn a_third_of_the_cases_is_a_wide_change_and_a_quarter_is_not() {
    let wide = found(&some(7, 20, 1.2)).expect("7 of 20");
    assert_eq!((wide.cases, wide.judged), (7, 20));
    assert!((wide.change_percent - 20.0).abs() < 0.5, "{wide:?}");
    assert_eq!(found(&some(5, 20, 1.2)), None);
}

#[test]
fn a_handful_of_cases_is_the_least() {
    assert_eq!(found(&some(4, 4, 1.2)), None);
    assert!(found(&some(5, 5, 1.2)).is_some());
}

#[test]
fn cases_that_moved_both_ways_did_not_move_together() {
    let apart: Vec<f64> = (0..20).map(|n| [1.2, 0.8, 1.0, 1.0][n % 4]).collect();
    assert_eq!(found(&apart), None);
}

#[test]
fn a_gain_is_wide_as_a_loss_is() {
    assert!(found(&some(10, 10, 0.8)).expect("all").change_percent < -19.0);
}

#[test]
fn what_controls_would_not_show_either_is_no_wide_change() {
    assert_eq!(found(&some(10, 10, 1.04)), None);
}

#[test]
fn where_the_machine_moved_it_is_the_machine() {
    let comparison = compared(&cases(9, &some(10, 10, 1.3), 0.33), &nights(10));
    assert!(comparison.summary.machine_change.is_some() && comparison.summary.wide_change.is_none());
}

#[test]
fn without_controls_a_wide_change_is_told_with_that_doubt() {
    let mut candidate = cases(9, &some(10, 10, 1.2), 0.25);
    candidate.controls.clear();
    let wide = compared(&candidate, &nights(10)).summary.wide_change.expect("all of them");
    assert!(wide.reason.contains("there are no controls"), "{}", wide.reason);
}

#[test]
fn what_differs_beside_the_code_stands_with_it() {
    let toolchain = |rustc: &str| Toolchain {
        rustc: rustc.to_owned(),
        target: "x86_64-unknown-linux-gnu".to_owned(),
        rustflags: String::new(),
        profile: "release".to_owned(),
    };
    let mut expected = nights(10);
    for session in &mut expected.baselines.values_mut().next().unwrap().values_mut().next().unwrap().sessions {
        session.context.toolchain = Some(toolchain("rustc 1.95.0"));
        session.dispatch.insert("dot_f32".to_owned(), platforms::IsaLevel::Avx2);
    }
    let mut candidate = cases(9, &some(10, 10, 1.2), 0.25);
    candidate.context.toolchain = Some(toolchain("rustc 1.96.0"));
    candidate.dispatch.insert("dot_f32".to_owned(), platforms::IsaLevel::Scalar);
    let wide = compared(&candidate, &expected).summary.wide_change.expect("all of them");
    assert_eq!(
        wide.differences,
        ["rustc is \"rustc 1.96.0\", and was \"rustc 1.95.0\"", "other variants are used: dot_f32 from avx2 to scalar"]
    );
    insta::assert_snapshot!(wide.reason, @r#"wide code change: 10 of 10 cases surely take more time, 19.9 % in the middle, and the controls did not move; rustc is "rustc 1.96.0", and was "rustc 1.95.0"; other variants are used: dot_f32 from avx2 to scalar"#);
}

#[test]
fn a_wide_change_stands_before_all_cases() {
    let comparison = compared(&cases(9, &some(10, 10, 1.2), 0.25), &nights(10));
    let text = detector::output::print(&comparison, detector::output::Format::Human, false);
    assert!(anstream::adapter::strip_str(&text).to_string().starts_with("wide code change: 10 of 10 cases"), "{text}");
}

#[test]
fn a_pair_shows_a_wide_change_too() {
    let mut many = pair(calmly_beside(1.2));
    many.cases = (0..8).map(|n| (format!("dot_f32/avx2/n{n}"), calmly_beside(1.2))).collect();
    let wide = paired(&many).summary.wide_change.expect("all of them");
    assert!(wide.reason.contains("seen side by side"), "{}", wide.reason);
}

#[test]
fn on_a_machine_that_moved_only_what_was_seen_side_by_side_moved_together() {
    let candidate = cases(9, &some(10, 10, 1.2), 0.35);
    let mut beside = pair(calmly_beside(1.2));
    beside.cases = candidate.cases.keys().map(|case| (case.clone(), calmly_beside(1.2))).collect();
    let comparison = confirmed(&candidate, &nights(10), &beside);
    assert!(comparison.summary.machine_change.is_some());
    assert!(comparison.summary.wide_change.expect("all of them").reason.contains("seen side by side"));
}

/// The rows of one case.
fn of_case<'a>(comparison: &'a Comparison, case: &str) -> Vec<&'a Row> {
    let mut rows: Vec<&Row> = comparison.rows.iter().filter(|row| row.case == case).collect();
    rows.sort_by_key(|row| row.metric);
    rows
}

#[test]
fn a_verdict_is_the_same_alone_and_among_many_that_moved() {
    const CASE: &str = "dot_f32/avx2/n0";
    for factor in [0.8, 1.0, 1.1, 1.2, 1.4] {
        let among = compared(&cases(9, &some(20, 20, factor), 0.25), &nights(20));
        let alone = compared(&cases(9, &[factor], 0.25), &nights(20));
        assert_eq!(of_case(&among, CASE), of_case(&alone, CASE));
        assert!(of_case(&alone, CASE).iter().any(|row| row.metric == Some(Metric::LatencyP50)));
    }
}
