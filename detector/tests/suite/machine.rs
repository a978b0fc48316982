//! A machine that changed: one sentence says so, and no timing passes for the code's.

use detector::comparison::{FailOn, Request, compare};
use schema::{
    baselines::Baselines,
    comparison::{Certainty, Comparison, Metric, Verdict},
    report::{Control, Report},
};

use crate::bench::{around, baselines, calmly_beside, compared, confirmed, of, pair, report, request};

/// A session with a control that takes `step_ns`.
fn with_control(hour: u8, factor: f64, step_ns: f64) -> Report {
    let mut report = report(hour, around(factor));
    report.controls.insert("alu".to_owned(), Control { launches: vec![step_ns; 5] });
    report
}

fn nights() -> Baselines {
    baselines([(1, 1.0), (2, 1.001), (3, 0.999)].map(|(hour, factor)| with_control(hour, factor, 0.25)))
}

/// What is said of a case that takes `factor` times as long on a machine whose control takes `step` times as long.
fn on_machine(factor: f64, step: f64) -> Comparison {
    compared(&with_control(9, factor, 0.25 * step), &nights())
}

#[test]
fn a_machine_that_changed_is_said_to_have() {
    assert!(on_machine(1.4, 1.3).summary.machine_change.expect("a change").contains("alu takes +30.0 % time"));
    assert_eq!(on_machine(1.4, 1.0).summary.machine_change, None);
}

#[test]
fn no_timing_is_told_from_a_machine_that_changed() {
    for factor in [0.7, 1.0, 1.1, 1.2, 1.4] {
        let comparison = on_machine(factor, 1.3);
        for metric in [Metric::Throughput, Metric::LatencyP50] {
            let row = of(&comparison, metric);
            assert_eq!((row.verdict, row.certainty, row.severity), (Verdict::Inconclusive, None, None), "{factor}");
            assert!(row.reason.contains("only `generator pair` can judge"), "{}", row.reason);
        }
    }
}

#[test]
fn nothing_is_subtracted_for_the_machine() {
    let row = of(&on_machine(1.4, 1.3), Metric::LatencyP50);
    assert!((row.change_percent.expect("a change") - 40.0).abs() < 0.5, "{row:#?}");
}

#[test]
fn memory_and_accuracy_do_not_depend_on_the_machine_s_speed() {
    let mut wrong = with_control(9, 1.0, 0.35);
    wrong.cases.values_mut().next().expect("a case").accuracy = Some(0.99);
    let comparison = compared(&wrong, &nights());
    assert_eq!(of(&comparison, Metric::Accuracy).verdict, Verdict::Critical);
    assert_eq!(of(&comparison, Metric::Memory).verdict, Verdict::Stable);
    assert_eq!(comparison.summary.exit_code, 1);
}

#[test]
fn what_would_be_critical_is_no_silent_pass() {
    let comparison = on_machine(1.4, 1.3);
    assert_eq!(comparison.summary.exit_code, 4);
    insta::assert_snapshot!(comparison.summary.exit_reason, @"the machine changed, and 1 case may be critical; only both programs side by side, as `generator pair` measures them, can tell");
}

#[test]
fn what_would_be_stable_on_a_slower_machine_is_nothing_to_act_on() {
    assert_eq!(on_machine(1.0, 1.3).summary.exit_code, 0);
}

#[test]
fn a_faster_machine_may_hide_a_regression_behind_stable_figures() {
    assert_eq!(on_machine(1.0, 0.6).summary.exit_code, 4);
    // What 8 % can hide is no critical regression.
    assert_eq!(on_machine(1.0, 0.92).summary.exit_code, 0);
}

#[test]
fn what_would_be_a_warning_counts_only_where_warnings_do() {
    let candidate = with_control(9, 1.1, 0.35);
    let exit = |fail_on| {
        let request = Request { fail_on, ..request() };
        compare(&candidate, &nights(), &request).expect("cases").summary.exit_code
    };
    assert_eq!([exit(FailOn::Critical), exit(FailOn::Warning), exit(FailOn::Never)], [0, 4, 0]);
}

#[test]
fn a_pair_decides_on_a_machine_that_changed() {
    let candidate = with_control(9, 1.4, 0.35);
    let verdict = |factor| {
        let comparison = confirmed(&candidate, &nights(), &pair(calmly_beside(factor)));
        (of(&comparison, Metric::LatencyP50).verdict, comparison.summary.exit_code)
    };
    assert_eq!([verdict(1.4), verdict(1.0)], [(Verdict::Critical, 1), (Verdict::Stable, 0)]);
}

#[test]
fn a_machine_s_change_stands_before_all_cases() {
    let text = detector::output::print(&on_machine(1.4, 1.3), detector::output::Format::Human, false);
    let first = anstream::adapter::strip_str(&text).to_string();
    assert!(first.starts_with("the machine itself changed: alu takes +30.0 % time"), "{first}");
}

#[test]
fn many_timings_that_cannot_be_told_stand_in_one_line() {
    let many = |hour, factor: f64, step_ns| {
        let cases = (0..20).map(|n| (format!("dot_f32/avx2/n{n}"), around(factor * (1.0 + f64::from(n) / 100.0))));
        Report { cases: cases.collect(), ..with_control(hour, 1.0, step_ns) }
    };
    let comparison = compared(&many(9, 1.3, 0.35), &baselines([many(1, 1.0, 0.25), many(2, 1.0, 0.25)]));
    let text = detector::output::print(&comparison, detector::output::Format::Human, false);
    insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
    let all = detector::output::print(&comparison, detector::output::Format::Human, true);
    assert!(all.contains("dot_f32/avx2/n19"), "{all}");
}

#[test]
fn a_machine_that_nobody_watched_any_more_confirms_nothing() {
    let comparison = compared(&report(9, around(1.4)), &nights());
    let row = of(&comparison, Metric::LatencyP50);
    assert_eq!((row.verdict, row.certainty), (Verdict::Critical, Some(Certainty::Suspected)));
    assert!(
        comparison.summary.notes.iter().any(|note| note.starts_with("the baseline has controls and the candidate"))
    );
}
