//! Figures of a study whose truth is known, and the table that comes of them.

use std::collections::BTreeMap;

use schema::{comparison::Metric, report::Report};
use study::{
    alarms::{self, Against, Alarms},
    detection::Flagged,
    evidence::Evidence,
    findings::{self, Draws},
    table::Format,
};

use crate::documents::{CASE, pair, session};

/// Few, so that the tests are quick.
const DRAWS: Draws = Draws { runs: [20, 50], ratios: 123 };

fn text(evidence: &Evidence) -> String {
    findings::tables(evidence, DRAWS, Format::Markdown).unwrap()
}

/// The cells of the first row that begins so: figure, usual setup, found, interval, of, least, aim, time, accepted,
/// inconclusive, remarks.
#[track_caller]
fn row(evidence: &Evidence, start: &str) -> Vec<String> {
    let text = text(evidence);
    let line = text.lines().find(|line| line.starts_with(&format!("| {start}"))).unwrap_or_else(|| panic!("{text}"));
    line.split(" | ").map(|cell| cell.trim_matches(['|', ' ']).to_owned()).collect()
}

/// Sessions a minute apart, of these times.
fn sessions(times: &[f64]) -> Vec<Report> {
    (0..).zip(times).map(|(minute, &time)| session(minute, time)).collect()
}

fn over(sessions: &[Report], against: Against) -> Alarms {
    alarms::over(sessions, &BTreeMap::new(), against).unwrap()
}

const CONFIRMED: &str =
    "nothing changed, against the run before, 1.0 min older: runs with a confirmed critical verdict";

#[test]
fn runs_that_changed_nothing_do_not_alarm_and_one_that_did_does() {
    assert_eq!(over(&sessions(&[1.0; 8]), Against::Before).critical_runs, 0);
    let alarms = over(&sessions(&[1.0, 1.0, 1.0, 1.4]), Against::Before);
    // Throughput and latency of the one case.
    assert_eq!((alarms.runs, alarms.critical_runs, alarms.critical, alarms.comparisons), (3, 1, 2, 6));
}

#[test]
fn a_run_against_three_sessions_waits_for_three() {
    assert_eq!(over(&sessions(&[1.0; 3]), Against::Three).runs, 0);
    assert_eq!(over(&sessions(&[1.0; 8]), Against::Three).runs, 5);
}

#[test]
fn an_old_baseline_is_the_latest_of_an_hour_ago() {
    let sessions: Vec<Report> = [0, 10, 61, 75].map(|minute| session(minute, 1.0)).into();
    let created = |position| Against::HourOld.of(&sessions, position).map(|baseline| baseline[0].created);
    assert_eq!(created(2), Some(sessions[0].created));
    assert_eq!(created(3), Some(sessions[1].created));
}

#[test]
fn in_a_short_study_an_old_baseline_is_the_oldest_of_20_minutes_ago_and_its_age_is_told() {
    let sessions: Vec<Report> = [0, 10, 19, 24].map(|minute| session(minute, 1.0)).into();
    assert_eq!(Against::HourOld.of(&sessions, 2), None);
    assert_eq!(over(&sessions, Against::HourOld).ages_minutes, [24.0]);
    row(&Evidence { sessions, ..Evidence::default() }, "nothing changed, against an old run, 24.0 min older: called");
}

#[test]
fn a_study_too_short_for_an_old_baseline_says_so() {
    let evidence = Evidence { sessions: sessions(&[1.0; 4]), ..Evidence::default() };
    let line = row(&evidence, "nothing changed, against an old run: called");
    assert_eq!(
        (line[2].as_str(), line[10].as_str()),
        ("–", "the study is too short: no run has one that is 20 min older")
    );
}

#[test]
fn a_suspect_that_its_pair_does_not_confirm_is_no_confirmed_alarm() {
    let mut evidence = Evidence { sessions: sessions(&[1.0, 1.0, 1.0, 1.4]), ..Evidence::default() };
    evidence.suspects.insert(3, pair(1.0));
    assert_eq!(row(&evidence, CONFIRMED)[2..5], ["0.00 %", "0.00 to 70.76 %", "3 runs"]);
    evidence.suspects.insert(3, pair(1.4));
    assert_eq!(row(&evidence, CONFIRMED)[2], "33.33 %");
}

#[test]
fn a_suspect_that_no_pair_looked_at_stays_an_alarm() {
    let evidence = Evidence { sessions: sessions(&[1.0, 1.0, 1.0, 1.4]), ..Evidence::default() };
    assert_eq!(row(&evidence, CONFIRMED)[2], "33.33 %");
}

#[test]
fn every_baseline_s_suspects_are_to_be_confirmed() {
    // Against the run before, nothing; against the three before, much.
    let sessions = sessions(&[1.0, 1.0, 1.4, 1.4]);
    assert_eq!(alarms::suspects(&sessions, 1).unwrap().len(), 0);
    assert_eq!(alarms::suspects(&sessions, 2).unwrap().len(), 1);
}

#[test]
fn the_table_counts_what_pairs_found() {
    let mut evidence = Evidence { sessions: sessions(&[1.0; 2]), ..Evidence::default() };
    evidence.pairs.insert(0, vec![pair(1.0), pair(1.001)]);
    evidence.pairs.insert(1, vec![pair(1.01), pair(1.0)]);
    assert_eq!(row(&evidence, "nothing changed, called slower by `pair`")[2], "0.00 %");
    // Each pair has throughput and latency.
    assert_eq!(row(&evidence, "1 % slower, found by `pair`")[2..5], ["50.00 %", "6.76 to 93.24 %", "4 ratios"]);
    assert_eq!(row(&evidence, "half-width of the interval")[2], "0.20 %");
}

#[test]
fn a_pair_without_an_interval_found_nothing() {
    let mut evidence = Evidence { sessions: sessions(&[1.0; 2]), ..Evidence::default() };
    let mut without = pair(1.05);
    without.cases.get_mut(CASE).unwrap().latency_p50_time = None;
    evidence.pairs.insert(5, vec![without]);
    let line = row(&evidence, "5 % slower, found by `pair`");
    assert_eq!((line[2].as_str(), line[9].as_str()), ("50.00 %", "1 without"));
}

#[test]
fn throughput_and_latency_are_held_against_thresholds_of_their_own() {
    // 20 % more time is 16.7 % less throughput, which is critical, and a warning of latency.
    let flagged = |metric| Flagged::of_pairs(&[pair(1.2)], &[metric]).unwrap();
    assert_eq!((flagged(Metric::Throughput).critical, flagged(Metric::Throughput).warning), (1, 0));
    assert_eq!((flagged(Metric::LatencyP50).critical, flagged(Metric::LatencyP50).warning), (0, 1));
    // 10 % more time is 9.1 % less throughput: a warning.
    let ten = Flagged::of_pairs(&[pair(1.1)], &[Metric::Throughput]).unwrap();
    assert_eq!((ten.critical, ten.warning), (0, 1));
}

#[test]
fn a_slowed_run_is_held_against_the_runs_before_it_alone() {
    let sessions = sessions(&[1.0, 1.0, 1.0, 1.2]);
    let slowed = [session(3, 1.2)];
    let of = |count| Flagged::of_runs(&sessions, &slowed, count, &[Metric::Throughput]).unwrap();
    assert_eq!((of(1).comparisons, of(1).surely_worse, of(3).surely_worse), (1, 1, 1));
    // There are no four before it.
    assert_eq!(of(4), Flagged::default());
}

#[test]
fn what_was_not_run_has_no_figure_and_says_so() {
    let evidence = Evidence { sessions: sessions(&[1.0; 2]), ..Evidence::default() };
    for figure in ["5 % slower, found by `pair`", "20 % slower, throughput called warning or critical by `pair`"] {
        let line = row(&evidence, figure);
        assert_eq!((line[2].as_str(), line[4].as_str()), ("–", "–"));
        assert_eq!(line[10], "not run yet");
    }
}

#[test]
fn what_the_steps_took_stands_beside_the_rate() {
    let mut evidence = Evidence { sessions: sessions(&[1.0; 2]), ..Evidence::default() };
    evidence.pairs.insert(1, vec![pair(1.01), pair(1.01)]);
    let mut times = |seconds: &[Option<f64>]| {
        let took = evidence.times.entry("pair-01".to_owned()).or_default();
        for &seconds in seconds {
            took.add(seconds);
        }
        row(&evidence, "1 % slower, found by `pair`")[7].clone()
    };
    assert_eq!(times(&[None]), "not kept");
    assert_eq!(times(&[Some(90.0)]), "1.5 min (1 of 2 steps)");
}

#[test]
fn resampled_rates_say_so() {
    let mut evidence = Evidence { sessions: sessions(&[1.0; 3]), ..Evidence::default() };
    evidence.pairs.insert(0, vec![pair(1.0)]);
    let text = text(&evidence);
    let counts = ["| 20 runs |", "| 50 runs |", "| 100 comparisons |", "| 124 ratios |"];
    for count in counts {
        let drawn: Vec<&str> = text.lines().filter(|line| line.contains(count)).collect();
        assert!(!drawn.is_empty() && drawn.iter().all(|line| line.contains("resampled")), "{count}: {drawn:?}");
    }
}

#[test]
fn a_folder_with_nothing_in_it_has_a_table_without_figures() {
    let text = text(&Evidence::default());
    assert!(text.starts_with("| figure |") && !text.contains("NaN"), "{text}");
}
