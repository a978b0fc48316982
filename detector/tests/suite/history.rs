//! `detector record` and what reads a history folder: a folder a run, never written again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::{Command, assert::Assert};
use schema::{SCHEMA_VERSION, alarms::Alarms, comparison::Comparison, file, report::Report, watch::Watch};
use tempfile::TempDir;

use crate::{
    bench::{CASE, around, beside, calmly_beside, pair, report, three_sessions},
    program::{program, stderr, stdout},
};

/// A folder for runs and for a history.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn run(&self, name: &str, report: &Report) -> PathBuf {
        let run = self.0.path().join(name);
        fs::create_dir_all(&run).unwrap();
        file::write(&run.join("report.json"), report).unwrap();
        run
    }

    fn history(&self) -> PathBuf {
        self.0.path().join("history")
    }

    fn record(&self, runs: &[&Path]) -> Assert {
        let mut command = Command::from_std(program());
        command.arg("record").arg("--history").arg(self.history()).args(runs).assert()
    }
}

const RECORDED: &str = "linux-x86_64/20260131T040000Z-c0ffeec0ffee";

#[test]
fn a_run_is_recorded_under_its_platform_time_and_commit() {
    let desk = Desk::new();
    let run = desk.run("run", &report(4, around(1.0)));
    let assert = desk.record(&[&run]).success();
    assert_eq!(stdout(&assert), format!("{RECORDED}\n"));
    let there = fs::read(desk.history().join(RECORDED).join("report.json")).unwrap();
    assert_eq!(there, fs::read(run.join("report.json")).unwrap());
}

#[test]
fn a_run_recorded_twice_is_there_once() {
    let desk = Desk::new();
    let run = desk.run("run", &report(4, around(1.0)));
    desk.record(&[&run]).success();
    let assert = desk.record(&[&run]).success();
    assert_eq!(stdout(&assert), "");
    assert_eq!(fs::read_dir(desk.history().join("linux-x86_64")).unwrap().count(), 1);
}

#[test]
fn a_history_is_never_rewritten() {
    let desk = Desk::new();
    let (one, other) = (desk.run("one", &report(4, around(1.0))), desk.run("other", &report(4, around(2.0))));
    desk.record(&[&one]).success();
    let assert = desk.record(&[&other]).code(2);
    assert!(stderr(&assert).contains("a history is never rewritten"), "{}", stderr(&assert));
    let there = fs::read(desk.history().join(RECORDED).join("report.json")).unwrap();
    assert_eq!(there, fs::read(one.join("report.json")).unwrap());
}

#[test]
fn a_damaged_run_keeps_no_other_from_being_recorded() {
    let desk = Desk::new();
    let (damaged, whole) = (desk.run("damaged", &report(4, around(1.0))), desk.run("whole", &report(5, around(1.0))));
    fs::write(damaged.join("comparison.json"), "{\"schema_version\": 3, \"rows\": [").unwrap();
    let assert = desk.record(&[&damaged, &whole]).code(2);
    assert!(stderr(&assert).contains("comparison.json"), "{}", stderr(&assert));
    let recorded: Vec<_> = fs::read_dir(desk.history().join("linux-x86_64")).unwrap().collect();
    assert_eq!(recorded.len(), 1);
}

#[cfg(unix)]
#[test]
fn what_is_no_plain_file_is_refused_and_not_waited_for() {
    let desk = Desk::new();
    for name in ["report.json", "pair.json"] {
        let pipe = desk.run(&format!("pipe-{name}"), &report(4, around(1.0)));
        let _ = fs::remove_file(pipe.join(name));
        assert!(std::process::Command::new("mkfifo").arg(pipe.join(name)).status().unwrap().success());
        desk.record(&[&pipe]).code(2);
    }
    let link = desk.run("link", &report(4, around(1.0)));
    std::os::unix::fs::symlink("/etc/passwd", link.join("watch.json")).unwrap();
    let assert = desk.record(&[&link]).code(2);
    assert!(stderr(&assert).contains("watch.json: it is no plain file"), "{}", stderr(&assert));
}

#[test]
fn a_folder_without_a_report_is_refused_by_name() {
    let desk = Desk::new();
    let empty = desk.0.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let assert = desk.record(&[&empty]).code(2);
    assert!(stderr(&assert).contains("empty: there is no report.json in it"), "{}", stderr(&assert));
}

#[test]
fn a_commit_that_is_none_names_no_folder() {
    let desk = Desk::new();
    let mut hostile = report(4, around(1.0));
    hostile.context.git.as_mut().unwrap().commit = "../../../elsewhere".to_owned();
    let assert = desk.record(&[&desk.run("run", &hostile)]).success();
    assert_eq!(stdout(&assert), "linux-x86_64/20260131T040000Z-nocommit\n");
}

#[test]
fn the_last_comparison_of_a_history_is_the_previous_one() {
    let desk = Desk::new();
    fs::create_dir(desk.history()).unwrap();
    let expected = desk.0.path().join("baselines.json");
    file::write(&expected, &three_sessions()).unwrap();
    let compare = |run: &Path| {
        let mut command = Command::from_std(program());
        command.arg("compare").arg("--report").arg(run.join("report.json")).arg("--baselines").arg(&expected);
        command.arg("--previous").arg(desk.history()).args(["--format", "json", "--fail-on", "never", "--output"]);
        command.arg(run.join("comparison.json")).assert().success();
        file::read::<Comparison>(&run.join("comparison.json")).unwrap()
    };
    let alarm_of = |comparison: &Comparison| {
        comparison.rows.iter().find(|row| row.case == CASE && row.alarm.is_some()).and_then(|row| row.alarm.clone())
    };
    for (name, hour, factor) in [("first", 4, 1.5), ("second", 5, 1.0)] {
        let run = desk.run(name, &report(hour, around(factor)));
        assert!(alarm_of(&compare(&run)).is_some(), "{name}");
        desk.record(&[&run]).success();
    }
    let third = compare(&desk.run("third", &report(6, around(1.0))));
    assert_eq!(alarm_of(&third), None, "two sessions in a row were back");
}

#[test]
fn a_history_of_another_class_has_no_previous_comparison() {
    let desk = Desk::new();
    let mut elsewhere = report(4, around(1.0));
    elsewhere.context.machine.class = Some("another".to_owned());
    let run = desk.run("run", &elsewhere);
    desk.record(&[&run]).success();
    let (tonight, expected) = (desk.run("tonight", &report(5, around(1.0))), desk.0.path().join("baselines.json"));
    file::write(&expected, &three_sessions()).unwrap();
    let mut command = Command::from_std(program());
    command.arg("compare").arg("--report").arg(tonight.join("report.json")).arg("--baselines").arg(&expected);
    command.arg("--previous").arg(desk.history()).assert().success();
}

/// The watch of a program that is `found` times itself, and `slowed` times itself where a tenth was put in.
fn watched(desk: &Desk, found: f64, slowed: f64) -> Assert {
    let side_by_side = |name: &str, factor: f64, injected: bool| {
        let mut pair = pair(calmly_beside(factor));
        pair.baseline.program_sha256.clone_from(&pair.candidate.program_sha256);
        if injected {
            pair.candidate.injected.insert(".*".to_owned(), 1.1);
        }
        let path = desk.0.path().join(name);
        file::write(&path, &pair).unwrap();
        path
    };
    let (own, slowed) = (side_by_side("self.json", found, false), side_by_side("slowed.json", slowed, true));
    let mut command = Command::from_std(program());
    command.arg("watch").arg("--self-pair").arg(own).arg("--slowed-pair").arg(slowed).assert()
}

fn watch(desk: &Desk, found: f64, slowed: f64) -> Watch {
    serde_json::from_str(&stdout(&watched(desk, found, slowed).success())).unwrap()
}

#[test]
fn a_program_beside_itself_shows_nothing_and_what_was_put_in_is_found() {
    let watch = watch(&Desk::new(), 1.0, 1.1);
    assert_eq!((watch.unchanged.judged, watch.unchanged.false_regressions.len()), (2, 0));
    assert_eq!((watch.slowed.cases, watch.slowed.missed.len()), (1, 0));
}

#[test]
fn a_watch_tells_in_a_line_what_it_found() {
    let told = stderr(&watched(&Desk::new(), 1.3, 1.1).success());
    assert!(
        told.contains("beside itself: 2 of 2 judgements are false; slowed by 10 %: 1 of 1 cases are found"),
        "{told}"
    );
}

#[test]
fn what_is_found_where_nothing_is_counts_as_false() {
    let slower = watch(&Desk::new(), 1.3, 1.1);
    assert_eq!(slower.unchanged.false_regressions, [format!("{CASE} throughput"), format!("{CASE} latency_p50")]);
    let faster = watch(&Desk::new(), 0.7, 1.1);
    assert_eq!(faster.unchanged.false_improvements.len(), 2);
}

#[test]
fn what_was_put_in_and_is_not_seen_counts_as_missed() {
    assert_eq!(watch(&Desk::new(), 1.0, 1.0).slowed.missed, [CASE]);
}

#[test]
fn a_watch_is_of_one_program() {
    let desk = Desk::new();
    let path = desk.0.path().join("pair.json");
    file::write(&path, &pair(beside(&[1.0, 1.0]))).unwrap();
    let mut command = Command::from_std(program());
    let assert = command.arg("watch").arg("--self-pair").arg(&path).arg("--slowed-pair").arg(&path).assert().code(2);
    assert!(stderr(&assert).contains("of one program beside itself"), "{}", stderr(&assert));
}

#[test]
fn a_history_s_watches_are_summed_up_with_their_intervals() {
    let desk = Desk::new();
    for (name, hour, found) in [("one", 4, 1.0), ("other", 5, 1.3)] {
        let run = desk.run(name, &report(hour, around(1.0)));
        file::write(&run.join("watch.json"), &watch(&desk, found, 1.1)).unwrap();
        desk.record(&[&run]).success();
    }
    let mut command = Command::from_std(program());
    let assert = command.arg("watch").arg("--history").arg(desk.history()).assert().success();
    let text = stdout(&assert);
    // Of 2 in 4 by Clopper and Pearson.
    assert!(text.contains("2 of 4: 50.0 % (6.8 to 93.2)"), "{text}");
    assert!(text.contains("2 of 2: 100.0 % (15.8 to 100.0)"), "{text}");
}

#[test]
fn a_damaged_night_of_the_history_is_told_and_left_out() {
    let desk = Desk::new();
    let night = desk.run("night", &report(4, around(1.0)));
    desk.record(&[&night]).success();
    let damaged = desk.history().join("linux-x86_64/20260131T043000Z-nocommit");
    fs::create_dir(&damaged).unwrap();
    for name in ["report.json", "comparison.json"] {
        fs::write(damaged.join(name), "{\"schema_version\": 99}").unwrap();
    }
    let (tonight, expected) = (desk.run("tonight", &report(5, around(1.0))), desk.0.path().join("baselines.json"));
    file::write(&expected, &three_sessions()).unwrap();
    let mut command = Command::from_std(program());
    command.arg("compare").arg("--report").arg(tonight.join("report.json")).arg("--baselines").arg(&expected);
    command.arg("--history").arg(desk.history()).arg("--previous").arg(desk.history()).args(["--format", "json"]);
    let comparison: Comparison = serde_json::from_str(&stdout(&command.assert().success())).unwrap();
    let told = comparison.summary.notes.iter().filter(|note| note.starts_with("left out of the history")).count();
    assert_eq!(told, 2, "{:?}", comparison.summary.notes);
}

#[test]
fn a_case_that_the_profile_does_not_have_is_not_missing() {
    let desk = Desk::new();
    let expected = desk.0.path().join("baselines.json");
    file::write(&expected, &three_sessions()).unwrap();
    let compare = |profile: &str| {
        let mut smaller = report(5, around(1.0));
        let row = smaller.cases.remove(CASE).expect("the case");
        smaller.cases.insert("another_f32/avx2/n1".to_owned(), row);
        profile.clone_into(&mut smaller.profile);
        let run = desk.run(profile, &smaller);
        let mut command = Command::from_std(program());
        command.arg("compare").arg("--report").arg(run.join("report.json")).arg("--baselines").arg(&expected);
        command.args(["--format", "json", "--fail-on", "never"]);
        let comparison: Comparison = serde_json::from_str(&stdout(&command.assert().success())).unwrap();
        comparison.summary.cases.get("missing").copied().unwrap_or(0)
    };
    assert_eq!(["smoke", "quick", "nightly", "a profile of somebody's"].map(compare), [0, 1, 1, 1]);
}

fn record_alarms(desk: &Desk, alarms: &Alarms) -> Assert {
    let path = desk.0.path().join("alarms.json");
    file::write(&path, alarms).unwrap();
    let mut command = Command::from_std(program());
    command.arg("record").arg("--history").arg(desk.history()).arg("--alarms").arg(path).assert()
}

#[test]
fn how_right_the_alarms_were_is_kept_once_a_night() {
    let desk = Desk::new();
    let created = "2026-01-31T05:00:00Z".parse().unwrap();
    let alarms = Alarms { schema_version: SCHEMA_VERSION, created, right: 1, unread: 1, false_alarms: 1 };
    assert_eq!(stdout(&record_alarms(&desk, &alarms).success()), "alarms/20260131T050000Z.json\n");
    assert_eq!(stdout(&record_alarms(&desk, &alarms).success()), "");
    let other = Alarms { right: 4, ..alarms };
    assert!(stderr(&record_alarms(&desk, &other).code(2)).contains("a history is never rewritten"));
    assert_eq!(file::read::<Alarms>(&desk.history().join("alarms/20260131T050000Z.json")).unwrap(), alarms);
}
