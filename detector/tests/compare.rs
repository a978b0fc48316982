//! `detector compare` as a person or a workflow runs it: exit codes, formats, and bad input.

mod bench;

use std::{fs, path::PathBuf};

use assert_cmd::{Command, assert::Assert};
use bench::{CASE, around, report, row, three_sessions};
use schema::{baselines::Baselines, comparison::Comparison, file, report::Report};
use tempfile::TempDir;

/// A folder with a report and baselines.
struct Desk {
    folder: TempDir,
    report: PathBuf,
    baselines: PathBuf,
}

impl Desk {
    fn new(candidate: &Report, baselines: &Baselines) -> Self {
        let folder = TempDir::new().unwrap();
        let (report, baselines_path) = (folder.path().join("report.json"), folder.path().join("baselines.json"));
        file::write(&report, candidate).unwrap();
        file::write(&baselines_path, baselines).unwrap();
        Self { folder, report, baselines: baselines_path }
    }

    fn slowed(factor: f64) -> Self {
        Self::new(&report(9, around(factor)), &three_sessions())
    }

    fn compare(&self, arguments: &[&str]) -> Assert {
        let mut command = Command::new(env!("CARGO_BIN_EXE_detector"));
        command.args(["compare", "--report"]).arg(&self.report).arg("--baselines").arg(&self.baselines);
        command.args(arguments).assert()
    }
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn nothing_to_act_on_is_0() {
    Desk::slowed(1.0).compare(&[]).code(0);
}

#[test]
fn a_critical_regression_is_1_and_names_its_case() {
    let assert = Desk::slowed(1.4).compare(&[]).code(1);
    assert!(stdout(&assert).contains(CASE));
}

#[test]
fn a_warning_is_3_only_where_it_was_asked_to_count() {
    let desk = Desk::slowed(1.12);
    desk.compare(&[]).code(0);
    desk.compare(&["--fail-on", "warning"]).code(3);
}

#[test]
fn never_turns_every_verdict_into_0() {
    Desk::slowed(1.4).compare(&["--fail-on", "never"]).code(0);
    let mut elsewhere = report(9, around(1.0));
    elsewhere.context.machine.class = Some("testbench.2".to_owned());
    let desk = Desk::new(&elsewhere, &three_sessions());
    desk.compare(&[]).code(4);
    desk.compare(&["--fail-on", "never"]).code(0);
}

#[test]
fn inconclusive_is_4_only_when_strict() {
    let desk = Desk::new(&report(9, row(&[1000.0, 1300.0, 900.0, 1250.0, 1100.0])), &three_sessions());
    desk.compare(&[]).code(0);
    desk.compare(&["--strict"]).code(4);
}

#[test]
fn never_does_not_hide_bad_input() {
    let desk = Desk::slowed(1.0);
    fs::write(&desk.report, "{").unwrap();
    desk.compare(&["--fail-on", "never"]).code(2);
}

#[test]
fn the_json_is_a_comparison_document() {
    let desk = Desk::slowed(1.4);
    let path = desk.folder.path().join("comparison.json");
    let assert = desk.compare(&["--format", "json", "--output", path.to_str().unwrap()]).code(1);
    assert_eq!(stdout(&assert), "");
    let comparison: Comparison = file::read(&path).unwrap();
    assert_eq!(comparison.summary.exit_code, 1);
    assert_eq!(comparison.summary.cases["critical"], 1);
}

#[test]
fn junit_has_a_failure_for_a_regression_and_none_without() {
    assert!(stdout(&Desk::slowed(1.4).compare(&["--format", "junit"]).code(1)).contains("<failure"));
    assert!(!stdout(&Desk::slowed(1.0).compare(&["--format", "junit"]).code(0)).contains("<failure"));
}

#[test]
fn markdown_is_a_table() {
    let text = stdout(&Desk::slowed(1.4).compare(&["--format", "markdown"]).code(1));
    assert!(
        text.contains(CASE) && text.lines().any(|line| line.starts_with("|---") || line.starts_with("| ---")),
        "{text}"
    );
}

#[test]
fn there_are_no_colours_where_there_is_no_terminal() {
    assert!(!stdout(&Desk::slowed(1.4).compare(&[]).code(1)).contains('\x1b'));
}

#[test]
fn a_hostile_name_cannot_break_out() {
    let name = "x|<script>@everyone `::error::` [a](http://b)";
    let (mut candidate, mut expected) = (report(9, around(1.4)), three_sessions());
    candidate.cases = [(name.to_owned(), around(1.4))].into();
    for session in &mut expected.baselines.values_mut().next().unwrap().values_mut().next().unwrap().sessions {
        session.cases = [(name.to_owned(), around(1.0))].into();
    }
    let desk = Desk::new(&candidate, &expected);
    let markdown = stdout(&desk.compare(&["--format", "markdown"]).code(1));
    assert!(!markdown.contains("<script>") && !markdown.contains(" @everyone"), "{markdown}");
    let junit = stdout(&desk.compare(&["--format", "junit"]).code(1));
    assert!(!junit.contains("<script>"), "{junit}");
}

#[test]
fn earlier_reports_serve_as_a_baseline() {
    let desk = Desk::slowed(1.4);
    let earlier = desk.folder.path().join("earlier.json");
    file::write(&earlier, &report(1, around(1.0))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_detector"));
    command.args(["compare", "--report"]).arg(&desk.report).arg("--baseline-report").arg(&earlier);
    command.assert().code(1);
}

#[test]
fn a_filter_takes_only_what_matches_and_something_must() {
    let desk = Desk::slowed(1.4);
    desk.compare(&["--filter", "^dot_f32/"]).code(1);
    assert!(stderr(&desk.compare(&["--filter", "softmax"]).code(2)).contains("softmax"));
}

/// Bad input ends with 2, and the message names what is wrong.
#[track_caller]
fn refused(desk: &Desk, arguments: &[&str], names: &[&str]) {
    let assert = desk.compare(arguments).code(2);
    let message = stderr(&assert);
    for name in names {
        assert!(message.contains(name), "{name:?} is not in {message}");
    }
}

#[test]
fn a_cut_off_report_is_refused() {
    let desk = Desk::slowed(1.0);
    let whole = fs::read(&desk.report).unwrap();
    fs::write(&desk.report, &whole[..whole.len() / 2]).unwrap();
    refused(&desk, &[], &["report.json", "cut off"]);
}

#[test]
fn foreign_and_newer_documents_are_refused() {
    let desk = Desk::slowed(1.0);
    fs::write(&desk.report, "{\"benchmarks\": []}").unwrap();
    refused(&desk, &[], &["report.json", "schema_version"]);
    fs::write(&desk.report, "{\"schema_version\": 99}").unwrap();
    refused(&desk, &[], &["report.json", "99", "newer"]);
}

#[test]
fn baselines_in_place_of_a_report_are_refused_by_their_kind() {
    let desk = Desk::slowed(1.0);
    fs::copy(&desk.baselines, &desk.report).unwrap();
    refused(&desk, &[], &["report.json", "baselines"]);
}

#[test]
fn a_huge_file_is_refused_without_being_read() {
    let desk = Desk::slowed(1.0);
    fs::File::create(&desk.report).unwrap().set_len(200 << 20).unwrap();
    refused(&desk, &[], &["report.json", "MiB"]);
}

#[test]
fn files_that_are_not_there_or_are_folders_are_refused() {
    let desk = Desk::slowed(1.0);
    fs::remove_file(&desk.report).unwrap();
    refused(&desk, &[], &["report.json"]);
    fs::create_dir(&desk.report).unwrap();
    refused(&desk, &[], &["report.json"]);
}

#[test]
fn numbers_that_cannot_be_are_refused_with_their_place() {
    for (number, place) in [("0.0", "p50_ns"), ("-1.0", "p50_ns"), ("1e999", "p50_ns"), ("\"fast\"", "p50_ns")] {
        let desk = Desk::slowed(1.0);
        let text = fs::read_to_string(&desk.report).unwrap();
        let changed = text.replacen("\"p50_ns\": 1000.0", &format!("\"p50_ns\": {number}"), 1);
        assert_ne!(text, changed);
        fs::write(&desk.report, changed).unwrap();
        refused(&desk, &[], &["report.json", place]);
    }
}

#[test]
fn thresholds_that_make_no_sense_are_refused_with_their_place() {
    let desk = Desk::slowed(1.0);
    let text = fs::read_to_string(&desk.baselines).unwrap();
    fs::write(
        &desk.baselines,
        text.replacen("\"latency_increase_percent\": 25.0", "\"latency_increase_percent\": 5.0", 1),
    )
    .unwrap();
    refused(&desk, &[], &["baselines.json", "critical.latency_increase_percent", "warning"]);
    fs::write(&desk.baselines, text.replace("latency_increase_percent", "latency_increase")).unwrap();
    refused(&desk, &[], &["baselines.json", "latency_increase"]);
}

#[test]
fn an_output_that_cannot_be_written_is_refused() {
    let desk = Desk::slowed(1.0);
    let output = desk.report.join("comparison.json");
    refused(&desk, &["--output", output.to_str().unwrap()], &["comparison.json"]);
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let desk = Desk::slowed(1.0);
    refused(&desk, &["--platform", "amiga-68k"], &["amiga-68k", "the platforms are"]);
    refused(&desk, &["--platform", "macos-aarch64"], &["macos-aarch64", "linux-x86_64"]);
    refused(&desk, &["--filter", "("], &["--filter"]);
    refused(&desk, &["--format", "xml"], &["xml"]);
}
