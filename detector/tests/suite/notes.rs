//! What a reader is told of how the two sides differ, and which sessions count.

use schema::{
    comparison::{Certainty, Comparison, Metric, Verdict},
    report::{Control, Report},
};

use crate::bench::{around, baselines, compared, of, report, three_sessions};

#[track_caller]
fn check_note(comparison: &Comparison, said: &str) {
    let notes = &comparison.summary.notes;
    assert!(notes.iter().any(|note| note.contains(said)), "{notes:#?}");
}

/// Tonight's report, changed.
fn changed(change: impl FnOnce(&mut Report)) -> Report {
    let mut report = report(9, around(1.0));
    change(&mut report);
    report
}

#[test]
fn sessions_much_alike_leave_nothing_to_note() {
    assert_eq!(compared(&report(9, around(1.0)), &three_sessions()).summary.notes, [""; 0]);
}

#[test]
fn a_run_among_others_is_judged_by_the_others() {
    let candidate = report(2, around(1.33));
    let comparison = compared(&candidate, &baselines([report(1, around(1.0)), candidate.clone()]));
    assert_eq!(comparison.baseline.sessions, 1);
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Critical);
}

#[test]
fn a_setting_that_no_longer_holds_is_noted_and_leaves_suspicion() {
    let mut candidate = report(9, around(1.33));
    candidate.context.settings[0].held = false;
    candidate.context.settings[0].remedy = Some("run as root".to_owned());
    let comparison = compared(&candidate, &three_sessions());
    check_note(&comparison, "cpu_pin did not hold in the candidate, and held in the other; run as root");
    assert_eq!(of(&comparison, Metric::LatencyP50).certainty, Some(Certainty::Suspected));
}

#[test]
fn a_setting_that_only_now_holds_is_noted() {
    let mut before = report(1, around(1.0));
    before.context.settings[0].held = false;
    check_note(&compared(&report(9, around(1.0)), &baselines([before])), "cpu_pin did not hold in the baseline");
}

#[test]
fn a_dirty_build_is_noted() {
    let candidate = changed(|report| report.context.git.as_mut().expect("git").dirty = true);
    check_note(&compared(&candidate, &three_sessions()), "the candidate was built from uncommitted changes");
}

#[test]
fn the_same_program_on_both_sides_is_noted() {
    let candidate = changed(|report| report.context.program_sha256 = Some(format!("{:064x}", 3)));
    check_note(&compared(&candidate, &three_sessions()), "both sides are the same program");
}

#[test]
fn another_seed_is_noted() {
    let candidate = changed(|report| report.context.seed = Some(43));
    check_note(&compared(&candidate, &three_sessions()), "seed 42 in the baseline, 43 in the candidate");
}

#[test]
fn another_environment_is_noted_by_name() {
    let candidate = changed(|report| {
        report.context.environment.insert("RAYON_NUM_THREADS".to_owned(), "8".to_owned());
    });
    check_note(&compared(&candidate, &three_sessions()), "another environment: RAYON_NUM_THREADS");
}

#[test]
fn another_checksum_is_noted_by_case() {
    let mut other = around(1.0);
    other.checksum = Some("fedcba9876543210".to_owned());
    check_note(
        &compared(&report(9, other), &three_sessions()),
        "1 case has another checksum than in the baseline: dot_f32",
    );
}

#[test]
fn another_profile_is_noted() {
    let candidate = changed(|report| report.profile = "nightly".to_owned());
    check_note(&compared(&candidate, &three_sessions()), "profile quick, the candidate with nightly");
}

fn with_control(mut report: Report, step_ns: f64) -> Report {
    let launches = vec![step_ns; 5];
    report.controls.insert("alu".to_owned(), Control { launches });
    report
}

#[test]
fn a_control_that_is_noisy_by_itself_must_move_by_more() {
    let with = |mut report: Report, name: &str, step_ns: f64| {
        report.controls.insert(name.to_owned(), Control { launches: vec![step_ns; 5] });
        report
    };
    let change = |name: &str, factor: f64| {
        let nights = [1, 2, 3].map(|night| with(report(night, around(1.0)), name, 2.0));
        compared(&with(report(9, around(1.0)), name, 2.0 * factor), &baselines(nights)).summary.machine_change
    };
    for (name, stays, moves) in [
        ("fma", 1.04, 1.10),
        ("branches", 1.15, 1.40),
        ("dram", 1.10, 1.30),
        ("l2", 1.10, 1.30),
        ("syscall", 1.07, 1.20),
    ] {
        assert_eq!(change(name, stays), None, "{name}");
        assert!(change(name, moves).is_some_and(|text| text.contains(name)), "{name}");
    }
}

#[test]
fn controls_that_stayed_tell_nothing() {
    let nights = [1, 2, 3].map(|night| with_control(report(night, around(1.0)), 0.25));
    let comparison = compared(&with_control(report(9, around(1.33)), 0.251), &baselines(nights));
    assert_eq!(comparison.summary.machine_change, None);
}

#[test]
fn the_baseline_is_told_by_its_last_session_whatever_the_order_in_the_file() {
    let late_first = baselines([report(5, around(1.0)), report(2, around(1.0))]);
    let comparison = compared(&report(9, around(1.0)), &late_first);
    assert_eq!(comparison.baseline.created.expect("a time").to_string(), "2026-01-31T05:00:00Z");
}

#[test]
fn other_classes_of_the_platform_do_not_count() {
    let mut other = report(2, around(0.5));
    other.context.machine.class = Some("linux-x86_64-other".to_owned());
    let comparison = compared(&report(9, around(1.0)), &baselines([report(1, around(1.0)), other]));
    assert_eq!(comparison.baseline.sessions, 1);
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Stable);
}

#[test]
fn a_candidate_older_than_the_baseline_is_compared_all_the_same() {
    let comparison = compared(&report(0, around(1.33)), &baselines([report(1, around(1.0))]));
    assert_eq!(of(&comparison, Metric::LatencyP50).verdict, Verdict::Critical);
}
