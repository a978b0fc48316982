//! `detector changes` as a person or a program runs it: what a history shows, and bad input.

use std::{fmt::Write as _, fs, path::Path};

use assert_cmd::{Command, assert::Assert};
use schema::{
    changes::{Cause, Changes},
    comparison::Certainty,
    file,
    report::{Control, Report},
};
use tempfile::TempDir;

use crate::{
    bench::{CASE, CLASS, around, baselines, calmly_beside, pair, report},
    program::{program, stderr, stdout},
};

/// A CSV file of series.
struct Csv(String);

/// Noise of half a percent that repeats nowhere: the fractions of multiples of the golden ratio, in the middle of each other.
fn noise(seed: usize, point: usize) -> f64 {
    let share = |multiple: f64| ((seed * 1000 + point) as f64 * multiple).fract();
    0.005 * (share(0.618_034) + share(0.754_877) + share(0.569_840) - 1.5)
}

impl Csv {
    fn new() -> Self {
        Self("series,index,value\n".to_owned())
    }

    /// A hundred points; from `at` on each is `factor` times as large.
    fn with(mut self, name: &str, at: usize, factor: f64) -> Self {
        for point in 0..100 {
            let step = if point >= at { factor } else { 1.0 };
            let value = 100.0 * step * noise(name.len() + name.bytes().map(usize::from).sum::<usize>(), point).exp();
            writeln!(self.0, "{name},{point},{value:.4}").unwrap();
        }
        self
    }

    fn changes(&self, arguments: &[&str]) -> Assert {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("series.csv");
        fs::write(&path, &self.0).unwrap();
        let mut command = Command::from_std(program());
        command.args(["changes", "--csv"]).arg(path).args(arguments).assert()
    }

    fn found(&self, arguments: &[&str]) -> Changes {
        let assert = self.changes(&[&["--format", "json"], arguments].concat()).success();
        serde_json::from_str(&stdout(&assert)).unwrap()
    }
}

fn causes(changes: &Changes, name: &str) -> Vec<(i64, Cause)> {
    changes.series[name].changes.iter().map(|change| (change.index, change.cause)).collect()
}

#[test]
fn a_step_is_found_where_it_is_with_its_size() {
    let found = Csv::new().with("a", 60, 1.05).with("b", 100, 1.0).found(&[]);
    let change = &found.series["a"].changes[0];
    assert_eq!((change.index, change.cause, change.certainty), (60, Cause::Code, Certainty::Confirmed));
    assert!((change.change_percent - 5.0).abs() < 0.5, "{change:?}");
    assert!(change.interval_percent[0] < 5.0 && 5.0 < change.interval_percent[1], "{change:?}");
    assert_eq!(found.series["b"].changes, []);
}

#[test]
fn what_a_control_shares_is_the_machine_s_and_what_it_does_not_is_the_code_s() {
    let csv = Csv::new()
        .with("m/a", 60, 1.04)
        .with("m/b", 30, 1.10)
        .with("m/control_alu", 62, 1.03)
        .with("other/a", 60, 1.04);
    let found = csv.found(&["--machine-by", "prefix"]);
    assert_eq!(causes(&found, "m/a"), [(60, Cause::Machine)]);
    assert_eq!(causes(&found, "m/b"), [(30, Cause::Code)]);
    assert_eq!(causes(&found, "other/a"), [(60, Cause::Code)]);
    let event = &found.events[0];
    assert_eq!((event.cause, event.changed, event.series), (Cause::Machine, 1, 2));
    assert_eq!(event.controls, ["control_alu"]);
}

#[test]
fn a_machine_that_got_faster_slowed_no_case() {
    let csv = Csv::new().with("m/a", 60, 1.20).with("m/control_alu", 60, 0.97);
    assert_eq!(causes(&csv.found(&["--machine-by", "prefix"]), "m/a"), [(60, Cause::Code)]);
}

#[test]
fn without_machines_every_change_is_the_code_s() {
    let found = Csv::new().with("m/a", 60, 1.04).with("m/control_alu", 60, 1.03).found(&[]);
    assert_eq!(causes(&found, "m/a"), [(60, Cause::Code)]);
    assert!(found.series.values().all(|series| !series.is_control && series.machine.is_none()));
}

#[test]
fn many_series_at_once_without_the_controls_are_a_wide_change_of_the_code() {
    let mut csv = Csv::new().with("m/control_alu", 100, 1.0);
    for number in 0..6 {
        csv = csv.with(&format!("m/moved{number}"), 50, 1.06).with(&format!("m/stayed{number}"), 100, 1.0);
    }
    let found = csv.found(&["--machine-by", "prefix"]);
    assert_eq!(found.events.len(), 1, "{:?}", found.events);
    let event = &found.events[0];
    assert_eq!((event.cause, event.index, event.changed, event.series), (Cause::Code, 50, 6, 12));
    assert_eq!(causes(&found, "m/moved3"), [(50, Cause::Code)]);
    let text = stdout(&csv.changes(&["--machine-by", "prefix"]).success());
    assert!(text.contains("a wide change of the code at 50 on m: 6 of 12 changed together"), "{text}");
}

#[test]
fn four_of_four_series_are_no_wide_change() {
    let csv = (0..4).fold(Csv::new(), |csv, number| csv.with(&format!("m/{number}"), 50, 1.06));
    assert_eq!(csv.found(&["--machine-by", "prefix"]).events, []);
}

#[test]
fn a_replay_tells_when_a_change_would_have_been_raised() {
    let found = Csv::new().with("a", 60, 1.05).found(&["--replay"]);
    assert!(found.replayed);
    let change = &found.series["a"].changes[0];
    let raised = change.raised_index.expect("it was raised");
    assert!((60..=64).contains(&raised) && (58..=62).contains(&change.index), "{change:?}");
}

#[test]
fn three_points_are_suspected_and_five_confirm_them() {
    let certainty = |at| Csv::new().with("a", at, 1.20).found(&[]).series["a"].changes[0].certainty;
    assert_eq!([certainty(97), certainty(95)], [Certainty::Suspected, Certainty::Confirmed]);
}

#[test]
fn a_replay_raises_the_way_there_and_the_way_back() {
    let csv = Csv::new().with("a", 60, 1.20);
    let back = csv.0.lines().skip(1).enumerate().fold("series,index,value\n".to_owned(), |text, (point, line)| {
        let value: f64 = line.rsplit(',').next().unwrap().parse().unwrap();
        text + &format!("a,{point},{:.4}\n", if point >= 65 { value / 1.2 } else { value })
    });
    let found = Csv(back).found(&["--replay"]);
    let changes = &found.series["a"].changes;
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert!(changes[0].change_percent > 10.0 && changes[1].change_percent < -10.0, "{changes:?}");
}

#[test]
fn an_output_replaces_no_input() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("series.csv");
    fs::write(&path, Csv::new().with("a", 60, 1.05).0).unwrap();
    let mut command = Command::from_std(program());
    let assert = command.args(["changes", "--csv"]).arg(&path).arg("--output").arg(&path).assert().failure().code(2);
    assert!(stderr(&assert).contains("--output would replace what is read from there"), "{}", stderr(&assert));
}

#[test]
fn a_replay_blames_the_machine_where_a_control_moved_with_it() {
    let csv = Csv::new().with("m/a", 60, 1.05).with("m/control_alu", 60, 1.03);
    assert_eq!(causes(&csv.found(&["--replay", "--machine-by", "prefix"]), "m/a")[0].1, Cause::Machine);
}

#[test]
fn controls_are_not_counted_with_the_series() {
    let csv = Csv("series,index,value\nm/a,1,100\nm/a,2,100\nm/control_alu,1,100\n".to_owned());
    let text = stdout(&csv.changes(&["--machine-by", "prefix"]).success());
    assert!(text.contains("0 of 1 series changed (2 points)"), "{text}");
    assert!(text.contains("note: 1 of the series have fewer than"), "{text}");
}

#[test]
fn a_replay_knows_nothing_of_what_comes_later() {
    // The control moves four points after the case: by then the case has been raised.
    let csv = Csv::new().with("m/a", 60, 1.10).with("m/control_alu", 64, 1.10);
    assert_eq!(causes(&csv.found(&["--machine-by", "prefix"]), "m/a"), [(60, Cause::Machine)]);
    assert_eq!(causes(&csv.found(&["--replay", "--machine-by", "prefix"]), "m/a")[0].1, Cause::Code);
}

#[test]
fn a_wide_change_without_controls_is_not_said_to_be_the_code_s() {
    let csv = (0..6).fold(Csv::new(), |csv, number| csv.with(&format!("m/{number}"), 50, 1.06));
    let text = stdout(&csv.changes(&["--machine-by", "prefix"]).success());
    assert!(
        text.contains("a wide change at 50 on m: 6 of 6 changed together, of the code or of the machine"),
        "{text}"
    );
}

#[test]
fn slow_creep_is_told_with_its_rate_and_not_cut_into_steps() {
    let mut csv = Csv::new();
    for point in 0..200_u32 {
        writeln!(csv.0, "a,{point},{:.4}", 100.0 * (noise(3, point as usize) + 0.0005 * f64::from(point)).exp())
            .unwrap();
    }
    let found = csv.found(&[]);
    assert_eq!(found.series["a"].changes, []);
    let creep = &found.series["a"].creep[0];
    assert!((creep.percent_per_100_points - 5.1).abs() < 0.3, "{creep:?}");
    assert_eq!((creep.from_index, creep.to_index), (0, 199));
    let text = stdout(&csv.changes(&[]).success());
    assert!(text.contains("creeps +5."), "{text}");
}

#[test]
fn the_table_shows_each_series_as_a_picture() {
    let text = stdout(&Csv::new().with("a", 60, 1.05).changes(&[]).success());
    assert!(text.contains("1 of 1 series changed (100 points): 1 change of the code, 1 of them confirmed"), "{text}");
    let picture = text.lines().find(|line| line.contains('█')).expect("a picture");
    assert_eq!(picture.trim().chars().count(), 60, "{picture}");
}

#[test]
fn a_filter_keeps_the_controls() {
    let csv = Csv::new().with("m/a", 60, 1.04).with("m/b", 60, 1.04).with("m/control_alu", 60, 1.03);
    let found = csv.found(&["--machine-by", "prefix", "--filter", "/a$"]);
    assert_eq!(found.series.keys().collect::<Vec<_>>(), ["m/a", "m/control_alu"]);
    assert_eq!(causes(&found, "m/a"), [(60, Cause::Machine)]);
}

#[test]
fn a_filter_that_matches_nothing_is_refused() {
    let assert = Csv::new().with("a", 60, 1.0).changes(&["--filter", "none"]).failure().code(2);
    assert!(stderr(&assert).contains("matches none of the 1 series, controls apart"), "{}", stderr(&assert));
}

#[test]
fn a_csv_file_that_cannot_be_made_out_is_refused_with_its_line() {
    let assert = Csv("series,index,value\na,0,1\na,1,-3\n".to_owned()).changes(&[]).failure().code(2);
    let said = stderr(&assert);
    assert!(
        said.contains("series.csv: line 3: value must be a number above 0, from 1e-100 to 1e100, found \"-3\""),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn the_output_goes_to_the_file_that_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("changes.json");
    let output = path.to_str().unwrap();
    Csv::new().with("a", 60, 1.05).changes(&["--format", "json", "--output", output]).success().stdout("");
    let changes: Changes = file::read(&path).unwrap();
    assert_eq!(changes.series["a"].changes.len(), 1);
}

/// A night's report: the case takes `factor` times as long, the control `machine` times.
fn night(day: u32, factor: f64, machine: f64) -> Report {
    let spread = 1.0 + noise(1, day as usize);
    let mut report = report(4, around(factor * spread));
    report.created = format!("2026-{:02}-{:02}T04:00:00Z", 1 + day / 28, 1 + day % 28).parse().unwrap();
    report.context.git.as_mut().unwrap().commit = format!("{:040x}", day + 1);
    let step_ns = 2.0 * machine * (1.0 + noise(2, day as usize) / 10.0);
    report.controls.insert("alu".to_owned(), Control { launches: vec![step_ns; 5] });
    report
}

/// A folder with forty nights, slower from the thirtieth on, in folders of their own with what else a run writes.
fn history(code: f64, machine: f64) -> TempDir {
    let folder = TempDir::new().unwrap();
    for day in 0..40 {
        let (code, machine) = if day < 30 { (1.0, 1.0) } else { (code, machine) };
        let night = folder.path().join(format!("nights/{day:02}"));
        fs::create_dir_all(&night).unwrap();
        file::write(&night.join("report.json"), &self::night(day, code, machine)).unwrap();
        fs::write(night.join("system-info.json"), "{\"os\": \"Test\"}").unwrap();
        fs::write(night.join("report.md"), "# not read").unwrap();
        file::write(&night.join("pair.json"), &pair(calmly_beside(1.0))).unwrap();
    }
    folder
}

fn changes_of(folder: &Path, arguments: &[&str]) -> Assert {
    Command::from_std(program()).args(["changes", "--history"]).arg(folder).args(arguments).assert()
}

fn found_in(folder: &Path, arguments: &[&str]) -> Changes {
    let assert = changes_of(folder, &[&["--format", "json"], arguments].concat()).success();
    serde_json::from_str(&stdout(&assert)).unwrap()
}

fn name(metric: &str) -> String {
    format!("linux-x86_64.{CLASS}/{CASE} {metric}")
}

#[test]
fn a_folder_of_reports_shows_the_change_with_its_date_and_commits() {
    let found = found_in(history(1.08, 1.0).path(), &[]);
    let series = &found.series[&name("latency_p50")];
    assert_eq!((series.points, series.case.as_deref()), (40, Some(CASE)));
    let change = &series.changes[0];
    assert_eq!((change.index, change.cause, change.is_worse), (30, Cause::Code, Some(true)));
    assert_eq!(change.time.unwrap().to_string(), "2026-02-03T04:00:00Z");
    let commits = change.commits.as_ref().unwrap();
    assert_eq!((&commits.after, &commits.to), (&format!("{:040x}", 30), &format!("{:040x}", 31)));
    // Less throughput is worse.
    assert_eq!(found.series[&name("throughput")].changes[0].is_worse, Some(true));
    assert_eq!(found.notes, ["passed over: 80 other JSON files, which are no reports"]);
}

#[test]
fn a_history_of_reports_knows_its_controls() {
    let found = found_in(history(1.08, 1.06).path(), &[]);
    assert_eq!(found.series[&name("latency_p50")].changes[0].cause, Cause::Machine);
    assert_eq!(found.events[0].controls, ["control alu step_ns"]);
}

#[test]
fn what_changed_while_the_code_did_not_is_not_the_code_s() {
    let folder = TempDir::new().unwrap();
    for day in 0..40 {
        let mut report = night(day, if day < 20 { 1.0 } else { 1.08 }, 1.0);
        report.context.git.as_mut().unwrap().commit = "c0ffee".repeat(6);
        file::write(&folder.path().join(format!("{day:02}.json")), &report).unwrap();
    }
    let found = found_in(folder.path(), &[]);
    assert_eq!(found.series[&name("latency_p50")].changes[0].cause, Cause::Machine);
    let text = stdout(&changes_of(folder.path(), &["--all"]).success());
    assert!(text.contains("machine  linux-x86_64.testbench.1\n"), "{text}");
    assert!(text.lines().any(|line| line.ends_with("dot_f32/avx2/n10000 latency_p50")), "{text}");
}

#[test]
fn a_baseline_that_no_longer_describes_what_is_seen_is_told() {
    let folder = history(1.30, 1.0);
    let desk = TempDir::new().unwrap();
    let path = desk.path().join("baselines.json");
    file::write(&path, &baselines([night(0, 1.0, 1.0), night(1, 1.0, 1.0)])).unwrap();
    let found = found_in(folder.path(), &["--baselines", path.to_str().unwrap()]);
    let level = found.series[&name("latency_p50")].level.as_ref().unwrap();
    assert_eq!((level.is_described, level.points), (Some(false), 10));
    assert!((level.value / level.baseline.unwrap() - 1.3).abs() < 0.01, "{level:?}");
    let memory = found.series[&name("memory")].level.as_ref().unwrap();
    assert_eq!(memory.is_described, Some(true));
    assert!(
        found.notes.iter().any(|note| note.starts_with("the baseline no longer describes 2 series")),
        "{:?}",
        found.notes
    );
}

#[test]
fn a_report_that_is_cut_off_is_told_and_left_out() {
    let folder = history(1.0, 1.0);
    let broken = folder.path().join("nights/07/report.json");
    let text = fs::read_to_string(&broken).unwrap();
    fs::write(&broken, &text[..text.len() / 2]).unwrap();
    let said = stdout(&changes_of(folder.path(), &[]).success());
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("left out of the history") && said.contains("07/report.json"), "{said}");
}

#[test]
fn runs_that_mean_nothing_beside_others_are_left_out_and_told() {
    let folder = history(1.0, 1.0);
    let mut slowed = night(39, 1.0, 1.0);
    slowed.created = "2026-03-01T00:00:00Z".parse().unwrap();
    slowed.context.injected.insert("dot".to_owned(), 1.5);
    file::write(&folder.path().join("slowed.json"), &slowed).unwrap();
    fs::copy(folder.path().join("nights/03/report.json"), folder.path().join("again.json")).unwrap();
    let found = found_in(folder.path(), &[]);
    assert_eq!(found.series[&name("latency_p50")].points, 40);
    assert!(
        found.notes.iter().any(|note| note.starts_with("left out: 1 report that ran under emulation")),
        "{:?}",
        found.notes
    );
    assert!(found.notes.iter().any(|note| note.starts_with("counted once: 1 report ")), "{:?}", found.notes);
}

#[test]
fn two_platforms_of_one_class_are_two_machines() {
    let folder = history(1.0, 1.0);
    for day in 0..40 {
        let mut elsewhere = night(day, 3.0, 3.0);
        elsewhere.platform = "macos-aarch64".parse().unwrap();
        file::write(&folder.path().join(format!("{day:02}.json")), &elsewhere).unwrap();
    }
    let found = found_in(folder.path(), &[]);
    assert!(found.series.values().all(|series| series.points == 40 && series.changes.is_empty()));
    assert!(found.series.contains_key(&format!("macos-aarch64.{CLASS}/{CASE} latency_p50")));
}

#[test]
fn other_work_under_the_same_name_is_no_change_of_speed() {
    let folder = history(1.0, 1.0);
    for day in 40..60 {
        let mut report = night(day, 2.0, 1.0);
        let row = report.cases.get_mut(CASE).unwrap();
        row.work.as_mut().unwrap().flops *= 2;
        file::write(&folder.path().join(format!("{day}.json")), &report).unwrap();
    }
    let found = found_in(folder.path(), &[]);
    assert_eq!(
        (found.series[&name("latency_p50")].points, &found.series[&name("latency_p50")].changes[..]),
        (20, &[][..])
    );
    assert!(found.notes.iter().any(|note| note.starts_with("left out: 40 runs of dot_f32")), "{:?}", found.notes);
}

#[test]
fn a_case_that_is_called_like_a_control_is_none() {
    let folder = TempDir::new().unwrap();
    for day in 0..20 {
        let mut report = night(day, 1.0, 1.0);
        let row = report.cases[CASE].clone();
        report.cases.insert("control alu".to_owned(), row);
        file::write(&folder.path().join(format!("{day:02}.json")), &report).unwrap();
    }
    let found = found_in(folder.path(), &[]);
    let of = |name: &str| {
        let series = &found.series[&format!("linux-x86_64.{CLASS}/{name}")];
        (series.points, series.is_control)
    };
    assert_eq!((of("control alu step_ns"), of("control alu latency_p50")), ((20, true), (20, false)));
}

#[test]
fn a_filter_is_of_case_ids_in_a_history_of_reports() {
    let found = found_in(history(1.0, 1.0).path(), &["--filter", "^dot_f32/"]);
    assert!(found.series.contains_key(&name("latency_p50")));
}

#[cfg(unix)]
#[test]
fn pipes_and_links_to_folders_are_passed_over() {
    let folder = history(1.0, 1.0);
    std::process::Command::new("mkfifo").arg(folder.path().join("pipe.json")).status().unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("nights/loop")).unwrap();
    let found = found_in(folder.path(), &[]);
    assert_eq!(found.series[&name("latency_p50")].points, 40);
    assert!(found.notes.iter().any(|note| note.starts_with("not followed: 1 links")), "{:?}", found.notes);
}

#[test]
fn a_folder_without_a_report_and_one_that_is_not_there_are_refused() {
    let empty = TempDir::new().unwrap();
    let said = stderr(&changes_of(empty.path(), &[]).failure().code(2));
    assert!(said.contains("there is no report in this folder"), "{said}");
    let said = stderr(&changes_of(&empty.path().join("none"), &[]).failure().code(2));
    assert!(said.contains("reading the folder") && said.contains("check the path"), "{said}");
}

#[test]
fn something_to_search_must_be_named() {
    Command::from_std(program()).arg("changes").assert().failure().code(2);
    Command::from_std(program()).args(["changes", "--history", ".", "--csv", "a"]).assert().failure().code(2);
}
