//! Verdicts: what is said of a candidate, and why. No file, no process.

use detector::comparison::compare;
use schema::{
    baselines::{Override, PartialLimits},
    case::{CaseRow, Status},
    comparison::{Certainty, Metric, Row, Verdict},
};

use crate::bench::{CASE, around, baselines, compared, of, platform, report, request, row, three_sessions};

/// What is said of the median latency of a candidate that takes `factor` times as long as three sessions did.
fn latency(factor: f64) -> Row {
    of(&compared(&report(9, around(factor)), &three_sessions()), Metric::LatencyP50)
}

#[test]
fn the_same_is_stable() {
    assert_eq!(latency(1.0).verdict, Verdict::Stable);
}

#[test]
fn a_slower_median_within_the_threshold_is_stable() {
    assert_eq!(latency(1.05).verdict, Verdict::Stable);
}

#[test]
fn a_slowdown_past_the_warning_threshold_is_a_warning() {
    assert_eq!(latency(1.20).verdict, Verdict::Warning);
}

#[test]
fn a_slowdown_past_the_critical_threshold_is_critical_and_confirmed_by_three_sessions() {
    let row = latency(1.40);
    assert_eq!((row.verdict, row.certainty), (Verdict::Critical, Some(Certainty::Confirmed)));
    assert!((row.change_percent.unwrap() - 40.0).abs() < 0.5, "{row:?}");
}

#[test]
fn one_session_yields_a_suspicion_at_most() {
    let row = of(&compared(&report(9, around(1.4)), &baselines([report(1, around(1.0))])), Metric::LatencyP50);
    assert_eq!((row.verdict, row.certainty), (Verdict::Critical, Some(Certainty::Suspected)));
}

#[test]
fn a_speedup_is_improved() {
    assert_eq!(latency(0.7).verdict, Verdict::Improved);
}

#[test]
fn throughput_and_latency_have_thresholds_of_their_own() {
    // 11 % more time is surely below the latency's warning of 15 %, and 9.9 % less throughput above its own of 8 %.
    let comparison = compared(&report(9, around(1.11)), &three_sessions());
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Stable);
    assert_eq!(of(&comparison, Metric::Throughput).verdict, Verdict::Warning);
}

#[test]
fn one_slipped_launch_of_five_is_no_regression() {
    let slipped = row(&[1000.0, 1001.0, 1600.0, 999.0, 1002.0]);
    let row = of(&compared(&report(9, slipped), &three_sessions()), Metric::LatencyP50);
    assert_ne!(row.verdict, Verdict::Critical, "{row:?}");
    assert_ne!(row.verdict, Verdict::Warning, "{row:?}");
}

#[test]
fn launches_that_scatter_over_a_threshold_are_inconclusive_and_say_how_many_more_would_tell() {
    let scattered = row(&[1060.0, 1160.0, 1020.0, 1140.0, 1100.0]);
    let row = of(&compared(&report(9, scattered), &three_sessions()), Metric::LatencyP50);
    assert_eq!(row.verdict, Verdict::Inconclusive);
    assert!(row.further_launches.is_some(), "{row:?}");
}

#[test]
fn one_launch_says_nothing_of_its_spread() {
    let row = of(&compared(&report(9, row(&[1400.0])), &three_sessions()), Metric::LatencyP50);
    assert_eq!(row.verdict, Verdict::Inconclusive);
}

#[test]
fn too_few_undisturbed_samples_are_inconclusive_not_wrong() {
    let mut disturbed = around(1.4);
    for launch in &mut disturbed.launches {
        (launch.throughput, launch.latency_p50_ns, launch.accepted_share) = (None, None, Some(0.01));
    }
    let comparison = compared(&report(9, disturbed), &three_sessions());
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Inconclusive);
    assert_eq!(comparison.summary.exit_code, 0);
}

#[test]
fn a_case_that_is_gone_is_missing_and_loud() {
    let mut candidate = report(9, around(1.0));
    candidate.cases.insert("add_f32/avx2/n100".to_owned(), around(1.0));
    candidate.cases.remove(CASE);
    let comparison = compared(&candidate, &three_sessions());
    assert_eq!(comparison.summary.exit_code, 4);
    let verdict_of = |case: &str| comparison.rows.iter().find(|row| row.case == case).unwrap().verdict;
    assert_eq!((verdict_of(CASE), verdict_of("add_f32/avx2/n100")), (Verdict::Missing, Verdict::New));
}

#[test]
fn a_case_that_failed_is_missing_with_its_reason() {
    let failed = CaseRow::without_numbers(Status::Failed, "its process died: signal 9 (SIGKILL)");
    let comparison = compared(&report(9, failed), &three_sessions());
    assert_eq!((comparison.rows[0].verdict, comparison.summary.exit_code), (Verdict::Missing, 4));
    assert!(comparison.rows[0].reason.contains("SIGKILL"));
}

#[test]
fn another_machine_class_is_incomparable_and_says_what_to_do() {
    let mut candidate = report(9, around(1.4));
    candidate.context.machine.class = Some("testbench.2".to_owned());
    let comparison = compared(&candidate, &three_sessions());
    assert_eq!((comparison.rows[0].verdict, comparison.summary.exit_code), (Verdict::Incomparable, 4));
    assert!(comparison.summary.exit_reason.contains("generator baseline"), "{}", comparison.summary.exit_reason);
}

#[test]
fn a_platform_without_a_baseline_cannot_be_told() {
    let mut candidate = report(9, around(1.0));
    candidate.platform = platform("macos-aarch64");
    assert_eq!(compared(&candidate, &three_sessions()).summary.exit_code, 4);
}

#[test]
fn an_emulated_or_capped_run_is_incomparable() {
    let mut emulated = report(9, around(1.0));
    emulated.context.machine.emulated = true;
    let mut capped = report(9, around(1.0));
    capped.context.isa_cap = Some(platforms::IsaLevel::Avx2);
    for candidate in [emulated, capped] {
        let comparison = compared(&candidate, &three_sessions());
        assert_eq!((comparison.rows[0].verdict, comparison.summary.exit_code), (Verdict::Incomparable, 4));
    }
}

#[test]
fn an_injected_run_is_judged_like_any_other() {
    let mut injected = report(9, around(1.4));
    injected.context.injected.insert(CASE.to_owned(), 1.4);
    let comparison = compared(&injected, &three_sessions());
    assert_eq!(comparison.summary.exit_code, 1);
    assert!(comparison.summary.notes.iter().any(|note| note.contains("on purpose")));
}

#[test]
fn an_injected_session_is_no_baseline_though_it_was_put_there() {
    let mut injected = report(2, around(1.4));
    injected.context.injected.insert(CASE.to_owned(), 1.4);
    // No file can hold this: reading it refuses it.
    let comparison = compare(&report(9, around(1.4)), &baselines([injected.clone()]), &request()).unwrap();
    assert_eq!(comparison.summary.exit_code, 4);
    let beside = baselines([report(1, around(1.0)), injected]);
    let comparison = compare(&report(9, around(1.4)), &beside, &request()).unwrap();
    assert_eq!(comparison.summary.exit_code, 1);
}

#[test]
fn a_run_is_not_compared_with_itself() {
    let candidate = report(9, around(1.0));
    assert_eq!(compared(&candidate, &baselines([candidate.clone()])).summary.exit_code, 4);
}

#[test]
fn less_accuracy_is_judged_in_points() {
    let mut wrong = around(1.0);
    wrong.accuracy = Some(0.99);
    let row = of(&compared(&report(9, wrong), &three_sessions()), Metric::Accuracy);
    assert_eq!(row.verdict, Verdict::Critical);
}

#[test]
fn more_memory_is_a_regression() {
    let mut larger = around(1.0);
    for launch in &mut larger.launches {
        launch.peak_memory_bytes = Some(12 << 20);
    }
    let row = of(&compared(&report(9, larger), &three_sessions()), Metric::Memory);
    assert_eq!(row.verdict, Verdict::Critical);
}

fn override_of_latency(case: &str, critical: f64, warning: f64, until: Option<&str>) -> Override {
    let limit = |percent| PartialLimits { latency_increase_percent: Some(percent), ..PartialLimits::default() };
    Override {
        platform: "^linux-".to_owned(),
        case: case.to_owned(),
        critical: limit(critical),
        warning: limit(warning),
        reason: "a test".to_owned(),
        until: until.map(|day| day.parse().unwrap()),
    }
}

/// The verdict on 20 % more time under an override to 5 %.
fn overridden(one: Override) -> Row {
    let mut baselines = three_sessions();
    baselines.overrides.push(one);
    of(&compared(&report(9, around(1.2)), &baselines), Metric::LatencyP50)
}

#[test]
fn an_override_counts_where_it_matches_and_says_so() {
    let row = overridden(override_of_latency("^dot_f32/", 10.0, 5.0, None));
    assert_eq!(row.verdict, Verdict::Critical);
    assert!(row.thresholds.unwrap().source.contains("overrides[0]"));
}

#[test]
fn an_override_does_not_count_elsewhere_or_after_its_last_day() {
    assert_eq!(overridden(override_of_latency("^softmax_f32/", 10.0, 5.0, None)).verdict, Verdict::Warning);
    assert_eq!(overridden(override_of_latency("^dot_f32/", 10.0, 5.0, Some("2026-01-31"))).verdict, Verdict::Warning);
    assert_eq!(overridden(override_of_latency("^dot_f32/", 10.0, 5.0, Some("2026-02-01"))).verdict, Verdict::Critical);
}

#[test]
fn the_order_of_launches_does_not_matter() {
    let (forth, back) = ([1000.0, 1100.0, 1050.0, 1200.0, 1010.0], [1010.0, 1200.0, 1050.0, 1100.0, 1000.0]);
    let rows = [forth, back].map(|calls_ns| compared(&report(9, row(&calls_ns)), &three_sessions()).rows);
    assert_eq!(rows[0], rows[1]);
}

#[test]
fn a_verdict_does_not_depend_on_other_cases() {
    let alone = latency(1.2);
    let mut candidate = report(9, around(1.2));
    let mut baselines = three_sessions();
    candidate.cases.insert("add_f32/avx2/n100".to_owned(), around(3.0));
    for session in &mut baselines.baselines.values_mut().next().unwrap().values_mut().next().unwrap().sessions {
        session.cases.insert("add_f32/avx2/n100".to_owned(), around(1.0));
    }
    let comparison = compared(&candidate, &baselines);
    let row = comparison.rows.iter().find(|row| row.case == CASE && row.metric == Some(Metric::LatencyP50)).unwrap();
    assert_eq!(*row, alone);
    assert_ne!(comparison.rows[0].case, CASE, "the worst comes first");
}
