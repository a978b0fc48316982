//! Accepted changes: known, silent, and loud again as soon as they change again.

use schema::{
    baselines::{Accepted, AcceptedChanges, Baselines},
    comparison::{Comparison, Metric, Row, Verdict},
    report::Report,
};

use crate::bench::{
    around, baselines, calmly_beside, compared, confirmed, of, pair, paired_under, report, three_sessions,
};

/// The commit that brought the change.
const SINCE: &str = "0123456789abcdef0123456789abcdef01234567";

/// An entry that accepts a time of 1.4.
fn entry() -> Accepted {
    Accepted {
        platform: "^linux-".to_owned(),
        case: "^dot_f32/".to_owned(),
        since: SINCE.to_owned(),
        reason: "it now checks its input".to_owned(),
        changes: AcceptedChanges { throughput: Some(-28.6), latency_p50: Some(40.0), ..AcceptedChanges::default() },
        baseline: None,
        rule: None,
        until: None,
    }
}

fn without_figures() -> Accepted {
    Accepted { changes: AcceptedChanges::default(), ..entry() }
}

fn accepting(one: Accepted) -> Baselines {
    Baselines { accepted: vec![one], ..three_sessions() }
}

/// A report of a program `factor` times as slow, at a commit of its own.
fn candidate(factor: f64) -> Report {
    at_commit(factor, "fedcba9876543210fedcba9876543210fedcba98")
}

fn at_commit(factor: f64, commit: &str) -> Report {
    let mut report = report(9, around(factor));
    commit.clone_into(&mut report.context.git.as_mut().expect("git").commit);
    report
}

fn latency(factor: f64) -> Row {
    of(&compared(&candidate(factor), &accepting(entry())), Metric::LatencyP50)
}

#[track_caller]
fn check_note(comparison: &Comparison, said: &str) {
    let notes = &comparison.summary.notes;
    assert!(notes.iter().any(|note| note.contains(said)), "{notes:#?}");
}

#[test]
fn a_known_regression_is_stable_and_says_since_when_and_why() {
    let comparison = compared(&candidate(1.4), &accepting(entry()));
    let row = of(&comparison, Metric::LatencyP50);
    assert_eq!((row.verdict, comparison.summary.exit_code), (Verdict::Stable, 0));
    assert!(row.reason.starts_with("known since 0123456789ab, because"), "{}", row.reason);
    assert!(row.reason.contains("because it now checks its input: 40."), "{}", row.reason);
    assert_eq!(row.known.expect("it is known").change_percent, Some(40.0));
}

#[test]
fn a_known_regression_that_moved_again_alarms_with_both_figures() {
    let row = latency(1.4 * 1.4);
    assert_eq!(row.verdict, Verdict::Critical);
    insta::assert_snapshot!(row.reason, @"it moved again: 96.0 % more time (severe), which is 40.0 % beyond the 40.0 % known since 0123456789ab, because it now checks its input; warned from 15 %, critical from 25 %");
}

#[test]
fn beyond_the_accepted_level_the_same_thresholds_hold() {
    // 20 % beyond the level is a warning, as 20 % beyond the baseline is.
    assert_eq!([latency(1.4 * 1.2).verdict, latency(1.4 * 1.1).verdict], [Verdict::Warning, Verdict::Stable]);
}

#[test]
fn a_metric_that_was_not_accepted_alarms() {
    let mut larger = candidate(1.4);
    for launch in &mut larger.cases.values_mut().next().expect("a case").launches {
        launch.peak_memory_bytes = Some(16 << 20);
    }
    let comparison = compared(&larger, &accepting(entry()));
    assert_eq!(of(&comparison, Metric::Memory).verdict, Verdict::Critical);
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Stable);
}

#[test]
fn a_case_that_was_not_accepted_alarms() {
    let other = Accepted { case: "^sum_f32/".to_owned(), ..entry() };
    let comparison = compared(&candidate(1.4), &accepting(other));
    assert_eq!(comparison.summary.exit_code, 1);
    check_note(&comparison, "accepted[0] matches no case");
}

#[test]
fn an_entry_of_which_nothing_is_left_can_be_taken_out() {
    for factor in [1.0, 0.7] {
        let comparison = compared(&candidate(factor), &accepting(entry()));
        check_note(&comparison, "accepted[0] can be taken out: nothing that matters is left of it in dot_f32");
        assert_eq!(of(&comparison, Metric::LatencyP50).known, None);
    }
}

#[test]
fn an_entry_that_still_holds_is_not_told_to_go() {
    let notes = compared(&candidate(1.4), &accepting(entry())).summary.notes;
    assert!(!notes.iter().any(|note| note.contains("taken out")), "{notes:#?}");
}

#[test]
fn without_figures_what_its_own_commit_shows_is_accepted_and_the_figures_are_told() {
    let comparison = compared(&at_commit(1.4, SINCE), &accepting(without_figures()));
    assert_eq!((of(&comparison, Metric::LatencyP50).verdict, comparison.summary.exit_code), (Verdict::Stable, 0));
    check_note(&comparison, "\"changes\": { \"throughput\": -28.6, \"latency_p50\": 40.0 }, \"baseline\": \"c0ffee");
}

#[test]
fn without_figures_nobody_can_tell_whether_a_later_commit_moved_again() {
    let comparison = compared(&candidate(1.4), &accepting(without_figures()));
    let row = of(&comparison, Metric::LatencyP50);
    assert_eq!((row.verdict, comparison.summary.exit_code), (Verdict::Inconclusive, 4));
    assert!(row.reason.contains("known since 0123") && row.reason.contains("does not tell how far"), "{}", row.reason);
    assert!(comparison.summary.exit_reason.contains("accepted changes"), "{}", comparison.summary.exit_reason);
}

#[test]
fn a_baseline_of_the_commit_itself_has_the_change_and_a_further_one_alarms() {
    let comparison = compared(&candidate(1.4), &{
        let renewed = [(1, 1.0), (2, 1.001)].map(|(hour, factor)| Report {
            created: format!("2026-01-31T{hour:02}:00:00Z").parse().expect("a time"),
            ..at_commit(factor, SINCE)
        });
        Baselines { accepted: vec![entry()], ..baselines(renewed) }
    });
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Critical);
    check_note(&comparison, "which the baseline has already");
}

#[test]
fn a_pair_of_the_baseline_s_program_is_held_against_the_accepted_level_too() {
    let mut pair = pair(calmly_beside(1.4));
    let candidate = candidate(1.4);
    pair.candidate = candidate.context.clone();
    let row = of(&confirmed(&candidate, &accepting(entry()), &pair), Metric::LatencyP50);
    assert_eq!((row.verdict, row.known.is_some()), (Verdict::Stable, true));
}

#[test]
fn a_pair_alone_is_held_against_an_entry_that_names_its_baseline_alone() {
    let mut pair = pair(calmly_beside(1.4));
    pair.candidate = candidate(1.4).context;
    let verdict = |one| of(&paired_under(&pair, &accepting(one)), Metric::LatencyP50).verdict;
    let named = Accepted { baseline: Some("c0ffeec0ffee".to_owned()), ..entry() };
    assert_eq!([verdict(entry()), verdict(named)], [Verdict::Critical, Verdict::Stable]);
}

#[test]
fn a_known_regression_stands_in_the_table_though_it_is_stable() {
    let mut expected = accepting(entry());
    let mut candidate = candidate(1.4);
    // Many others that are folded.
    let calm = (1..=30).map(|n| (format!("add_f32/avx2/n{n}"), around(1.0)));
    candidate.cases.extend(calm.clone());
    for class in expected.baselines.values_mut().flat_map(std::collections::BTreeMap::values_mut) {
        class.sessions.iter_mut().for_each(|session| session.cases.extend(calm.clone()));
    }
    let text = detector::output::print(&compared(&candidate, &expected), detector::output::Format::Human, false);
    assert!(text.contains("known since 0123456789ab, because it now checks its input"), "{text}");
    assert!(!text.contains("add_f32"), "{text}");
}
