//! Metrics that differ from the usual: tails, counts, what is no longer measured, and work that changed.

use std::collections::BTreeMap;

use schema::{
    baselines::Baselines,
    case::{CaseRow, Status, ThroughputUnit, Work},
    comparison::{Certainty, Metric, Verdict},
};

use crate::bench::{around, baselines, compared, of, report, row, three_sessions, whole};

#[test]
fn less_throughput_is_held_against_the_threshold_of_throughput() {
    // 17 % less throughput is 20 % more time: critical for the one, a warning for the other.
    let comparison = compared(&report(9, around(1.0 / 0.83)), &three_sessions());
    assert_eq!(of(&comparison, Metric::Throughput).verdict, Verdict::Critical);
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Warning);
}

#[test]
fn throughput_and_latency_of_the_same_launches_move_by_the_same_factor() {
    let comparison = compared(&report(9, around(1.25)), &three_sessions());
    let percent = |metric| of(&comparison, metric).change_percent.expect("a change");
    assert!((percent(Metric::Throughput) + 20.0).abs() < 0.1);
    assert!((percent(Metric::LatencyP50) - 25.0).abs() < 0.1);
}

#[test]
fn the_interval_contains_the_change() {
    for factor in [0.7, 1.0, 1.4] {
        let row = of(&compared(&report(9, around(factor)), &three_sessions()), Metric::Throughput);
        let ([low, high], change) = (row.interval_percent.expect("an interval"), row.change_percent.expect("a change"));
        assert!(low < change && change < high, "{row:#?}");
    }
}

#[test]
fn where_only_sessions_would_settle_it_no_launches_are_asked_for() {
    let row = of(&compared(&report(9, around(1.14)), &baselines([report(1, around(1.0))])), Metric::LatencyP50);
    assert_eq!((row.verdict, row.further_launches), (Verdict::Inconclusive, None));
    assert!(row.reason.contains("further baseline sessions would"), "{}", row.reason);
}

#[test]
fn sessions_that_differ_make_a_change_of_their_size_uncertain() {
    let factors = [(1, 0.93), (2, 1.0), (3, 1.07), (4, 1.02)];
    let wild = baselines(factors.map(|(hour, factor)| report(hour, around(factor))));
    assert_eq!(of(&compared(&report(9, around(1.13)), &wild), Metric::LatencyP50).verdict, Verdict::Inconclusive);
}

#[test]
fn a_slow_night_with_scattered_launches_is_inconclusive() {
    let scattered = row(&[1000.0, 1300.0, 1500.0, 1350.0, 1010.0]);
    assert_eq!(
        of(&compared(&report(9, scattered), &three_sessions()), Metric::LatencyP50).verdict,
        Verdict::Inconclusive
    );
}

#[test]
fn launches_without_enough_undisturbed_samples_are_told_with_their_share() {
    let mut disturbed = around(1.4);
    for launch in &mut disturbed.launches[1..] {
        (launch.throughput, launch.latency_p50_ns, launch.accepted_share) = (None, None, Some(0.03));
    }
    let row = of(&compared(&report(9, disturbed), &three_sessions()), Metric::LatencyP50);
    let said = "1 of 5 launches had enough undisturbed samples (accepted share 3 % to 90 %)";
    assert!(row.verdict == Verdict::Inconclusive && row.reason.contains(said), "{row:#?}");
}

#[test]
fn one_launch_in_the_baseline_is_taken_to_spread_as_the_candidate_s_and_suspects_only() {
    let thin = baselines([report(1, row(&[1000.0]))]);
    let slower = of(&compared(&report(9, around(1.5)), &thin), Metric::LatencyP50);
    assert_eq!((slower.verdict, slower.certainty), (Verdict::Critical, Some(Certainty::Suspected)));
    let restless = report(9, row(&[1000.0, 1900.0, 1100.0, 1800.0, 1500.0]));
    assert_eq!(of(&compared(&restless, &thin), Metric::LatencyP50).verdict, Verdict::Inconclusive);
}

#[test]
fn a_session_in_which_the_case_failed_does_not_count_for_it() {
    let failed = CaseRow::without_numbers(Status::Failed, "its process died");
    let mixed = baselines([report(1, around(1.0)), report(2, failed)]);
    let row = of(&compared(&report(9, around(1.4)), &mixed), Metric::LatencyP50);
    assert_eq!(row.certainty, Some(Certainty::Suspected));
}

#[test]
fn a_case_that_only_failed_in_the_baseline_is_new() {
    let failed = CaseRow::without_numbers(Status::Failed, "its process died");
    let comparison = compared(&report(9, around(1.0)), &baselines([report(1, failed)]));
    assert_eq!(whole(&comparison).verdict, Verdict::New);
}

#[test]
fn a_case_that_fails_is_missing_even_where_the_baseline_never_had_it() {
    let mut candidate = report(9, CaseRow::without_numbers(Status::TimedOut, "60 s were up"));
    candidate.cases.insert("sum_f32/avx2/n100".to_owned(), around(0.05));
    let mut baseline = report(1, around(1.0));
    baseline.cases = [("sum_f32/avx2/n100".to_owned(), around(0.05))].into();
    let row = whole(&compared(&candidate, &baselines([baseline])));
    assert_eq!(row.verdict, Verdict::Missing);
    assert_eq!(row.reason, "it timed out: 60 s were up (the baseline has no number of it either)");
}

#[test]
fn a_case_that_does_other_work_is_incomparable() {
    let other = Work { flops: 2000, bytes: 4000, elements: 1000, tokens: None };
    let row = whole(&compared(&report(9, CaseRow { work: Some(other), ..around(2.0) }), &three_sessions()));
    assert_eq!(row.verdict, Verdict::Incomparable);
    assert!(row.reason.contains("1000 flop") && row.reason.contains("2000 flop"), "{}", row.reason);
}

#[test]
fn a_throughput_that_counts_something_else_is_incomparable() {
    let mut other = around(1.0);
    other.throughput.unit = Some(ThroughputUnit::BytesPerSecond);
    assert_eq!(whole(&compared(&report(9, other), &three_sessions())).verdict, Verdict::Incomparable);
}

/// Each field measured that is there, and explained that is not.
fn explained(mut row: CaseRow, reason: &str) -> CaseRow {
    row.unmeasured.clear();
    row.explain_nulls(&BTreeMap::new(), reason);
    row
}

fn with_instructions(instructions: Option<u64>) -> CaseRow {
    explained(CaseRow { instructions, ..around(1.0) }, "the counters are closed")
}

#[test]
fn instructions_are_counted_and_have_no_interval() {
    let baseline = baselines([report(1, with_instructions(Some(10_000)))]);
    let row = of(&compared(&report(9, with_instructions(Some(10_300))), &baseline), Metric::Instructions);
    assert_eq!((row.verdict, row.interval_percent), (Verdict::Warning, None));
}

#[test]
fn a_number_that_is_no_longer_measured_is_inconclusive_with_its_reason() {
    let baseline = baselines([report(1, with_instructions(Some(10_000)))]);
    let row = of(&compared(&report(9, with_instructions(None)), &baseline), Metric::Instructions);
    assert_eq!(row.verdict, Verdict::Inconclusive);
    assert!(row.reason.ends_with("the counters are closed"), "{}", row.reason);
}

#[test]
fn accuracy_that_fell_by_half_a_point_is_exactly_critical() {
    let with = |accuracy| CaseRow { accuracy: Some(accuracy), ..around(1.0) };
    let row = of(&compared(&report(9, with(0.985)), &baselines([report(1, with(0.99))])), Metric::Accuracy);
    assert_eq!((row.verdict, row.interval_percent), (Verdict::Critical, None));
}

#[test]
fn no_accuracy_at_all_is_critical() {
    let none = CaseRow { accuracy: Some(0.0), ..around(1.0) };
    assert_eq!(of(&compared(&report(9, none), &three_sessions()), Metric::Accuracy).verdict, Verdict::Critical);
}

fn with_p99(p99_ns: f64) -> CaseRow {
    let mut row = around(1.0);
    row.latency.p99_ns = Some(p99_ns);
    explained(row, "a test does not need it")
}

fn tails(p99s_ns: &[f64]) -> Baselines {
    baselines(p99s_ns.iter().zip(1..).map(|(&p99_ns, hour)| report(hour, with_p99(p99_ns))))
}

#[test]
fn a_tail_is_judged_against_several_sessions() {
    let comparison = compared(&report(9, with_p99(4000.0)), &tails(&[2000.0, 2050.0, 1950.0, 2010.0]));
    assert_eq!(of(&comparison, Metric::LatencyP99).verdict, Verdict::Critical);
}

#[test]
fn a_tail_that_always_spread_widely_is_not_alarmed_about() {
    let comparison = compared(&report(9, with_p99(3000.0)), &tails(&[1500.0, 2900.0, 2000.0, 2600.0]));
    assert_eq!(of(&comparison, Metric::LatencyP99).verdict, Verdict::Inconclusive);
}

#[test]
fn a_tail_that_moved_far_against_one_session_is_inconclusive() {
    let comparison = compared(&report(9, with_p99(4000.0)), &tails(&[2000.0]));
    assert_eq!(of(&comparison, Metric::LatencyP99).verdict, Verdict::Inconclusive);
}

#[test]
fn a_tail_that_hardly_moved_against_one_session_is_no_row_but_a_note() {
    let comparison = compared(&report(9, with_p99(2050.0)), &tails(&[2000.0]));
    assert!(comparison.rows.iter().all(|row| row.metric != Some(Metric::LatencyP99)));
    assert!(comparison.summary.notes.iter().any(|note| note.starts_with("tail latencies of 1 case are not judged")));
}

#[test]
fn a_case_without_any_number_on_both_sides_is_inconclusive_and_not_silent() {
    let empty = || {
        let row = CaseRow { reason: None, ..CaseRow::without_numbers(Status::Measured, "") };
        explained(row, "nothing works here")
    };
    let comparison = compared(&report(9, empty()), &baselines([report(1, empty())]));
    assert_eq!(whole(&comparison).verdict, Verdict::Inconclusive);
}

#[test]
fn an_imported_case_without_launches_is_inconclusive() {
    let imported = |factor| CaseRow { launches: Vec::new(), work: None, ..around(factor) };
    let comparison = compared(&report(9, imported(1.5)), &baselines([report(1, imported(1.0))]));
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Inconclusive);
}

#[test]
fn numbers_out_of_all_proportion_make_a_document_that_can_be_written() {
    let comparison = compared(&report(9, row(&[1e-290, 1e290, 1.0])), &baselines([report(1, around(1.0))]));
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Inconclusive);
}
