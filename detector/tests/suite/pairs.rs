//! Two programs side by side: what is said of them alone, and of a report beside them.

use detector::{
    comparison::{Beside, compare_beside_pair, compare_pair},
    output::{Format, print},
};
use platforms::IsaLevel;
use schema::{
    baselines::{Baselines, Override, PartialLimits},
    case::{CaseRow, Latency, Status},
    comparison::{Certainty, Comparison, Metric, Row, Verdict},
    pair::{Interleaved, Pair, PairRow, PairSide},
    report::Report,
};

use crate::bench::{
    CASE, around, baselines, beside, calmly_beside, compared, confirmed, of, pair, pair_request, paired, report,
    request, three_sessions, whole,
};

/// What is said of the median latency of a candidate that takes `factor` times as long, side by side.
fn latency(factor: f64) -> Row {
    of(&paired(&pair(calmly_beside(factor))), Metric::LatencyP50)
}

fn plain(comparison: &Comparison) -> String {
    anstream::adapter::strip_str(&print(comparison, Format::Human, false)).to_string()
}

#[track_caller]
fn check_note(comparison: &Comparison, said: &str) {
    let notes = &comparison.summary.notes;
    assert!(notes.iter().any(|note| note.contains(said)), "{notes:#?}");
}

#[test]
fn a_slowdown_side_by_side_is_critical_and_confirmed() {
    let row = latency(1.4);
    assert_eq!((row.verdict, row.certainty), (Verdict::Critical, Some(Certainty::Confirmed)));
    insta::assert_snapshot!(row.reason, @"side by side: 40.0 % more time (moderate), and at least 39.7 %; warned from 15 %, critical from 25 %");
}

#[test]
fn a_row_of_a_pair_says_how_finely_the_programs_took_turns() {
    assert_eq!(latency(1.0).interleaved, Some(Interleaved::Slices));
}

#[test]
fn more_time_is_less_throughput() {
    let row = of(&paired(&pair(calmly_beside(1.25))), Metric::Throughput);
    assert!((row.change_percent.expect("a change") + 20.0).abs() < 0.1, "{row:#?}");
    let [low, high] = row.interval_percent.expect("an interval");
    assert!(low < -20.0 && -20.0 < high, "{row:#?}");
}

#[test]
fn a_warning_and_an_improvement_are_confirmed() {
    for (factor, verdict) in [(1.2, Verdict::Warning), (0.7, Verdict::Improved)] {
        let row = latency(factor);
        assert_eq!((row.verdict, row.certainty), (verdict, Some(Certainty::Confirmed)));
    }
}

#[test]
fn no_change_is_stable_and_says_what_could_have_been_seen() {
    let row = latency(1.0);
    assert_eq!((row.verdict, row.certainty), (Verdict::Stable, None));
    assert!(row.smallest_change_percent.expect("an interval") < 0.3, "{row:#?}");
}

#[test]
fn a_sure_change_below_the_threshold_is_stable_and_says_that_it_is_sure() {
    insta::assert_snapshot!(latency(1.01).reason, @"side by side: surely slower, by 1.0 %, and below the warning threshold; warned from 15 %, critical from 25 %");
    insta::assert_snapshot!(latency(0.99).reason, @"side by side: surely faster, by 1.0 %, and too little to count as improved; warned from 15 %, critical from 25 %");
    assert_eq!(latency(1.01).verdict, Verdict::Stable);
}

#[test]
fn a_sure_change_below_the_threshold_stands_in_the_table_however_many_are_stable() {
    let mut many = pair(calmly_beside(1.01));
    many.cases.extend((1..=40).map(|n| (format!("add_f32/avx2/n{n}"), calmly_beside(1.0))));
    let text = plain(&paired(&many));
    assert!(text.contains(CASE) && text.contains("surely slower, by 1.0 %"), "{text}");
    assert!(!text.contains("add_f32/avx2/n7 "), "{text}");
}

#[test]
fn ratios_that_straddle_a_threshold_are_inconclusive_and_say_how_many_more_would_tell() {
    let row = of(&paired(&pair(beside(&[1.10, 1.16, 1.09, 1.13]))), Metric::LatencyP50);
    assert_eq!(row.verdict, Verdict::Inconclusive);
    assert!(row.further_launches.is_some(), "{row:#?}");
    insta::assert_snapshot!(row.reason, @"side by side: between 7.1 % more time and 17.1 % more time; warned from 15 %, critical from 25 %; 5 pairs of launches more would tell");
}

#[test]
fn one_pair_of_launches_is_inconclusive() {
    let row = of(&paired(&pair(beside(&[1.4]))), Metric::LatencyP50);
    assert_eq!((row.verdict, row.further_launches), (Verdict::Inconclusive, Some(1)));
    insta::assert_snapshot!(row.reason, @"there is one pair of launches, which says nothing of its spread; it takes at least 2 pairs");
}

#[test]
fn launches_without_a_ratio_are_told() {
    let mut noisy = beside(&[1.10, 1.16, 1.09, 1.13]);
    let side = |side: &mut PairSide| {
        let mut lost = side.launches[0].clone();
        (lost.throughput, lost.latency_p50_ns) = (None, None);
        side.launches.push(lost);
    };
    side(&mut noisy.baseline);
    side(&mut noisy.candidate);
    let row = of(&paired(&pair(noisy)), Metric::LatencyP50);
    assert!(row.reason.ends_with("4 of 5 launches had enough undisturbed samples on both sides"), "{}", row.reason);
}

#[test]
fn a_ratio_that_was_not_measured_is_inconclusive_with_its_reason() {
    let mut noisy = calmly_beside(1.4);
    noisy.latency_p50_time = None;
    noisy.unmeasured.insert("latency_p50_time".to_owned(), "it was never quiet".to_owned());
    let row = of(&paired(&pair(noisy)), Metric::LatencyP50);
    assert!(row.verdict == Verdict::Inconclusive && row.reason.ends_with("it was never quiet"), "{row:#?}");
}

#[test]
fn more_memory_is_a_regression_of_a_pair_too() {
    let mut larger = calmly_beside(1.0);
    for launch in &mut larger.candidate.launches {
        launch.peak_memory_bytes = Some(12 << 20);
    }
    larger.candidate.peak_memory_bytes = Some(12 << 20);
    assert_eq!(of(&paired(&pair(larger)), Metric::Memory).verdict, Verdict::Critical);
}

#[test]
fn accuracy_and_instructions_are_counted_side_by_side() {
    let mut worse = calmly_beside(1.0);
    worse.candidate.accuracy = Some(0.99);
    (worse.baseline.instructions, worse.candidate.instructions) = (Some(10_000), Some(10_300));
    let comparison = paired(&pair(worse));
    assert_eq!(of(&comparison, Metric::Accuracy).verdict, Verdict::Critical);
    assert_eq!(of(&comparison, Metric::Instructions).verdict, Verdict::Warning);
}

#[test]
fn another_checksum_of_a_pair_is_noted() {
    let mut other = calmly_beside(1.0);
    other.candidate.checksum = Some("fedcba9876543210".to_owned());
    check_note(&paired(&pair(other)), "1 case has another checksum than in the baseline");
}

/// A case that became this on each side.
fn became(baseline: Status, candidate: Status, reason: &str) -> PairRow {
    let status = if candidate == Status::Measured { baseline } else { candidate };
    let mut row = PairRow::without_numbers(status, reason);
    (row.baseline.status, row.candidate.status) = (baseline, candidate);
    row
}

#[track_caller]
fn check_absent(row: PairRow, verdict: Verdict, exit: u8, reason: &str) {
    let comparison = paired(&pair(row));
    let row = whole(&comparison);
    assert_eq!((row.verdict, comparison.summary.exit_code, row.reason.as_str()), (verdict, exit, reason));
}

#[test]
fn a_case_that_failed_or_timed_out_in_the_candidate_is_missing() {
    let failed = became(Status::Measured, Status::Failed, "candidate: its process died");
    check_absent(failed, Verdict::Missing, 4, "it failed: its process died");
    let slow = became(Status::Measured, Status::TimedOut, "candidate: 60 s were up");
    check_absent(slow, Verdict::Missing, 4, "it timed out: 60 s were up");
}

#[test]
fn a_case_that_the_candidate_does_not_have_is_missing() {
    let gone = became(Status::Measured, Status::Skipped, "candidate: it has no such case");
    check_absent(gone, Verdict::Missing, 4, "the baseline has it, the candidate does not");
}

#[test]
fn a_case_that_the_baseline_does_not_have_is_new() {
    let new = became(Status::Skipped, Status::Measured, "baseline: it has no such case");
    check_absent(new, Verdict::New, 0, "the baseline does not have it");
}

#[test]
fn a_case_that_failed_in_the_baseline_alone_cannot_be_told() {
    let failed = became(Status::Failed, Status::Measured, "baseline: its process died");
    let said = "in the baseline it failed: its process died; pair with a baseline that computes it";
    check_absent(failed, Verdict::Incomparable, 4, said);
}

/// A pair of a slower candidate, changed.
fn changed(change: impl FnOnce(&mut Pair)) -> Pair {
    let mut pair = pair(calmly_beside(1.4));
    change(&mut pair);
    pair
}

/// Pairs that say nothing of the two programs, with what is said of them.
fn worthless() -> [(Pair, &'static str); 4] {
    [
        (changed(|pair| pair.candidate.machine.emulated = true), "emulation"),
        (changed(|pair| pair.baseline.injected.extend([(CASE.to_owned(), 1.4)])), "baseline was slowed on purpose"),
        (changed(|pair| pair.baseline.machine.class = Some("testbench.2".to_owned())), "of one machine"),
        (changed(|pair| pair.baseline.isa_cap = Some(IsaLevel::Scalar)), "TIDEGAUGE_ISA=scalar"),
    ]
}

#[test]
fn a_pair_that_says_nothing_of_its_programs_is_incomparable() {
    for (pair, said) in worthless() {
        let comparison = paired(&pair);
        assert_eq!((comparison.rows[0].verdict, comparison.summary.exit_code), (Verdict::Incomparable, 4));
        assert!(comparison.summary.exit_reason.contains(said), "{}", comparison.summary.exit_reason);
    }
}

#[test]
fn a_candidate_slowed_on_purpose_is_judged_and_noted() {
    let comparison = paired(&changed(|pair| pair.candidate.injected.extend([(CASE.to_owned(), 1.4)])));
    assert_eq!(comparison.summary.exit_code, 1);
    check_note(&comparison, "the candidate was slowed on purpose: dot_f32/avx2/n10000=1.4");
}

#[test]
fn the_same_program_beside_itself_is_noted() {
    let same = changed(|pair| pair.candidate.program_sha256 = pair.baseline.program_sha256.clone());
    check_note(&paired(&same), "both sides are the same program");
}

#[test]
fn the_default_thresholds_are_noted_and_those_of_a_file_are_not() {
    let pair = pair(calmly_beside(1.0));
    check_note(&paired(&pair), "the default thresholds apply");
    let comparison = compare_pair(&pair, Some(&three_sessions()), &pair_request()).expect("a comparison");
    assert_eq!(comparison.summary.notes, ["both programs were measured side by side"]);
}

#[test]
fn an_override_counts_for_a_pair() {
    let limits = |percent| PartialLimits { latency_increase_percent: Some(percent), ..PartialLimits::default() };
    let mut baselines = three_sessions();
    baselines.overrides.push(Override {
        platform: "^linux-".to_owned(),
        case: "^dot_f32/".to_owned(),
        critical: limits(10.0),
        warning: limits(5.0),
        reason: "a test".to_owned(),
        until: None,
    });
    let comparison = compare_pair(&pair(calmly_beside(1.12)), Some(&baselines), &pair_request()).expect("a comparison");
    let row = of(&comparison, Metric::LatencyP50);
    assert_eq!(row.verdict, Verdict::Critical);
    assert!(row.thresholds.expect("thresholds").source.contains("overrides[0]"));
}

#[test]
fn the_table_of_a_pair() {
    let mut several = pair(calmly_beside(1.4));
    several.cases.extend(
        [
            ("slightly_f32/avx2/n100", calmly_beside(1.01)),
            ("stable_f32/avx2/n100", calmly_beside(1.0)),
            ("unsure_f32/avx2/n100", beside(&[1.10, 1.16, 1.09, 1.13])),
            ("gone_f32/avx2/n100", became(Status::Measured, Status::Skipped, "candidate: it has no such case")),
            ("new_f32/avx2/n100", became(Status::Skipped, Status::Measured, "baseline: it has no such case")),
        ]
        .map(|(case, row)| (case.to_owned(), row)),
    );
    insta::assert_snapshot!(plain(&paired(&several)));
}

/// Tonight's report, that one session makes suspect, and the session.
fn suspect(factor: f64) -> (Report, Baselines) {
    (report(9, around(factor)), baselines([report(3, around(1.0))]))
}

#[test]
fn what_a_report_suspects_is_confirmed_with_the_figures_of_the_pair() {
    let (report, baselines) = suspect(1.4);
    assert_eq!(of(&compared(&report, &baselines), Metric::LatencyP50).certainty, Some(Certainty::Suspected));
    let row = of(&confirmed(&report, &baselines, &pair(calmly_beside(1.3))), Metric::LatencyP50);
    assert_eq!((row.verdict, row.certainty), (Verdict::Critical, Some(Certainty::Confirmed)));
    assert!((row.change_percent.expect("a change") - 30.0).abs() < 0.1, "{row:#?}");
    assert_eq!(row.report_verdict, None);
    assert!(!row.reason.contains("suspected"), "{}", row.reason);
}

#[test]
fn what_a_report_suspects_and_a_pair_does_not_see_is_refuted() {
    let (report, baselines) = suspect(1.4);
    let comparison = confirmed(&report, &baselines, &pair(calmly_beside(1.0)));
    let row = of(&comparison, Metric::LatencyP50);
    assert_eq!((row.verdict, row.report_verdict), (Verdict::Stable, Some(Verdict::Critical)));
    assert_eq!(comparison.summary.exit_code, 0);
    insta::assert_snapshot!(row.reason, @"side by side: at most 0.2 % more time; warned from 15 %, critical from 25 %; suspected critical by the report, not seen side by side");
}

#[test]
fn a_refuted_suspicion_stands_in_the_table() {
    let (report, baselines) = suspect(1.4);
    insta::assert_snapshot!(plain(&confirmed(&report, &baselines, &pair(calmly_beside(1.0)))));
}

#[test]
fn what_a_report_missed_and_a_pair_sees_is_critical() {
    let (report, baselines) = suspect(1.0);
    let comparison = confirmed(&report, &baselines, &pair(calmly_beside(1.4)));
    let row = of(&comparison, Metric::LatencyP50);
    assert_eq!((row.verdict, comparison.summary.exit_code), (Verdict::Critical, 1));
    assert!(row.reason.ends_with("; stable by the report alone"), "{}", row.reason);
}

#[test]
fn a_suspicion_that_turns_out_less_grave_is_told() {
    let (report, baselines) = suspect(1.4);
    let row = of(&confirmed(&report, &baselines, &pair(calmly_beside(1.2))), Metric::LatencyP50);
    assert_eq!(row.verdict, Verdict::Warning);
    assert!(row.reason.ends_with("; suspected critical by the report"), "{}", row.reason);
}

const OTHER: &str = "add_f32/avx2/n100";

#[test]
fn a_suspect_that_is_not_in_the_pair_stays_suspected() {
    let (mut report, mut baseline) = (report(9, around(1.4)), report(3, around(1.0)));
    report.cases.insert(OTHER.to_owned(), around(1.4));
    baseline.cases.insert(OTHER.to_owned(), around(1.0));
    let comparison = confirmed(&report, &baselines([baseline]), &pair(calmly_beside(1.0)));
    let row = comparison.rows.iter().find(|row| row.case == OTHER).expect("it is in the report");
    assert_eq!((row.verdict, row.certainty, row.interleaved), (Verdict::Critical, Some(Certainty::Suspected), None));
    assert_eq!(comparison.summary.exit_code, 1);
    check_note(&comparison, "cases judged by both programs side by side, in pair.json: 1 of 2");
}

/// Nothing of the pair reached the comparison, and a note says why.
#[track_caller]
fn check_report_decides(report: &Report, baselines: &Baselines, pair: &Pair, said: &str) {
    let comparison = confirmed(report, baselines, pair);
    assert_eq!(comparison.rows, compared(report, baselines).rows);
    check_note(&comparison, said);
}

#[test]
fn a_pair_with_too_little_of_a_case_leaves_it_to_the_report() {
    let (report, baselines) = suspect(1.4);
    let mut noisy = calmly_beside(1.0);
    noisy.throughput_time = None;
    noisy.unmeasured.insert("throughput_time".to_owned(), "it was never quiet".to_owned());
    let said = "pair.json has too little of 1 case, which the report alone decides: dot_f32/avx2/n10000";
    check_report_decides(&report, &baselines, &pair(noisy), said);
    check_report_decides(&report, &baselines, &pair(beside(&[1.0])), said);
}

#[test]
fn a_pair_with_another_program_than_the_baseline_s_decides_nothing() {
    let (report, baselines) = suspect(1.4);
    let mut other = pair(calmly_beside(1.0));
    other.baseline.program_sha256 = Some("f".repeat(64));
    other.baseline.git.as_mut().expect("git").commit = "0ddba11".to_owned();
    check_report_decides(
        &report,
        &baselines,
        &other,
        "pair.json decides nothing here: it compares with another program",
    );
}

#[test]
fn a_dirty_build_of_the_same_commit_is_another_program() {
    let (report, baselines) = suspect(1.4);
    let mut dirty = pair(calmly_beside(1.0));
    dirty.baseline.program_sha256 = Some("f".repeat(64));
    dirty.baseline.git.as_mut().expect("git").dirty = true;
    check_report_decides(&report, &baselines, &dirty, "it compares with another program");
}

#[test]
fn the_program_of_an_earlier_session_is_not_the_one_that_is_expected() {
    let (mut earlier, mut last) = (report(1, around(1.4)), report(3, around(1.0)));
    earlier.context.git.as_mut().expect("git").commit = "0ddba11".to_owned();
    last.context.program_sha256 = Some("a".repeat(64));
    let mut with_earlier = pair(calmly_beside(1.0));
    with_earlier.baseline = earlier.context.clone();
    check_report_decides(&report(9, around(1.4)), &baselines([earlier, last]), &with_earlier, "another program");
}

#[test]
fn a_pair_that_says_nothing_of_its_programs_decides_nothing() {
    let (report, baselines) = suspect(1.4);
    for (pair, said) in worthless() {
        check_report_decides(&report, &baselines, &pair, said);
    }
}

#[test]
fn a_pair_of_another_class_of_machine_than_the_report_decides_nothing() {
    let (report, baselines) = suspect(1.4);
    let mut elsewhere = pair(calmly_beside(1.0));
    for context in [&mut elsewhere.baseline, &mut elsewhere.candidate] {
        context.machine.class = Some("testbench.2".to_owned());
    }
    check_report_decides(&report, &baselines, &elsewhere, "another class of machine than the report");
}

/// Tonight's report and pair, from a machine of another class than the baseline's.
fn elsewhere(factor: f64) -> (Report, Pair) {
    let class = Some("testbench.2".to_owned());
    let (mut report, mut pair) = (report(9, around(1.0)), pair(calmly_beside(factor)));
    for context in [&mut report.context, &mut pair.baseline, &mut pair.candidate] {
        context.machine.class.clone_from(&class);
    }
    (report, pair)
}

#[test]
fn on_another_class_of_machine_a_pair_with_every_case_decides() {
    for (factor, exit) in [(1.0, 0), (1.4, 1)] {
        let (report, pair) = elsewhere(factor);
        assert_eq!(compared(&report, &three_sessions()).summary.exit_code, 4);
        let comparison = confirmed(&report, &three_sessions(), &pair);
        assert_eq!(comparison.summary.exit_code, exit);
        assert!(comparison.rows.iter().all(|row| row.interleaved.is_some()), "{:#?}", comparison.rows);
        assert_eq!((comparison.baseline.file.as_str(), comparison.baseline.sessions), ("pair.json", 1));
    }
}

#[test]
fn on_another_class_of_machine_a_case_that_the_pair_lacks_cannot_be_told() {
    let (mut report, pair) = elsewhere(1.0);
    report.cases.insert(OTHER.to_owned(), around(1.0));
    let comparison = confirmed(&report, &three_sessions(), &pair);
    assert_eq!((comparison.summary.exit_code, comparison.baseline.sessions), (4, 0));
    assert!(comparison.summary.exit_reason.contains("ran on another machine"), "{}", comparison.summary.exit_reason);
}

#[test]
fn a_case_that_failed_in_the_report_stays_missing_whatever_the_pair_says() {
    let failed = CaseRow::without_numbers(Status::Failed, "its process died");
    let comparison = confirmed(&report(9, failed), &three_sessions(), &pair(calmly_beside(1.0)));
    assert_eq!((whole(&comparison).verdict, comparison.summary.exit_code), (Verdict::Missing, 4));
}

#[test]
fn tails_that_a_pair_does_not_measure_stay_as_the_report_has_them() {
    let tailed = |factor: f64| {
        let mut row = around(1.0);
        row.latency = Latency { p99_ns: Some(1500.0 * factor), ..row.latency };
        row.unmeasured.remove("latency.p99_ns");
        row
    };
    let nights = baselines([1, 2, 3].map(|hour| report(hour, tailed(1.0 + f64::from(hour) / 1000.0))));
    let comparison = confirmed(&report(9, tailed(1.5)), &nights, &pair(calmly_beside(1.0)));
    assert_eq!(of(&comparison, Metric::LatencyP99).verdict, Verdict::Critical);
    assert_eq!(of(&comparison, Metric::LatencyP50).interleaved, Some(Interleaved::Slices));
}

/// A pair that does not judge what the report is of is refused, in words that name both files.
#[track_caller]
fn check_refused(pair: &Pair, said: &str) {
    let (report, baselines) = suspect(1.4);
    let beside = Beside { pair, file: "pair.json" };
    let error =
        compare_beside_pair(&report, &baselines, beside, &request()).expect_err("another candidate").to_string();
    assert!(
        error.starts_with("report.json and pair.json are not of the same candidate") && error.contains(said),
        "{error}"
    );
}

#[test]
fn a_pair_of_another_candidate_is_refused() {
    let mut other = pair(calmly_beside(1.0));
    other.candidate.program_sha256 = Some("f".repeat(64));
    check_refused(&other, "SHA-256 000000000000 and ffffffffffff");
    other.candidate.program_sha256 = None;
    check_refused(&other, "and unknown");
}

#[test]
fn a_pair_that_was_slowed_otherwise_is_refused() {
    check_refused(&changed(|pair| pair.candidate.injected.extend([(CASE.to_owned(), 1.4)])), "by other factors");
}

#[test]
fn a_pair_of_another_platform_is_refused() {
    check_refused(&changed(|pair| pair.platform = "macos-aarch64".parse().expect("a platform")), "macos-aarch64");
}
