//! `detector compare` as a person or a workflow runs it: exit codes, formats, and bad input.

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::{Command, assert::Assert};
use schema::{baselines::Baselines, comparison::Comparison, file, pair::PairRow, report::Report};
use tempfile::TempDir;

use crate::{
    bench::{CASE, around, beside, calmly_beside, pair, report, row, three_sessions},
    program::{program, stderr, stdout},
};

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
        let mut command = Command::from_std(program());
        command.args(["compare", "--report"]).arg(&self.report).arg("--baselines").arg(&self.baselines);
        command.args(arguments).assert()
    }
}

#[test]
fn a_run_that_is_named_twice_is_no_second_session() {
    let desk = Desk::slowed(1.4);
    let (one, copy) = (desk.folder.path().join("one.json"), desk.folder.path().join("copy.json"));
    file::write(&one, &report(1, around(1.0))).unwrap();
    fs::copy(&one, &copy).unwrap();
    let mut command = Command::from_std(program());
    command.args(["compare", "--report"]).arg(&desk.report).arg("--baseline-report").args([&one, &copy]);
    let assert = command.assert().failure().code(2);
    assert!(stderr(&assert).contains("copy.json: it holds the same run as"), "{}", stderr(&assert));
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
fn a_case_is_explained_and_the_exit_code_stays() {
    let text = stdout(&Desk::slowed(1.4).compare(&["--explain", CASE]).code(1));
    assert!(text.starts_with(CASE) && text.contains("degrees of freedom"), "{text}");
    Desk::slowed(1.0).compare(&["--explain", CASE]).code(0);
}

#[test]
fn an_unknown_case_to_explain_is_refused_with_what_is_like_it() {
    refused(&Desk::slowed(1.4), &["--explain", "dot_f32/avx2/n1000"], &["--explain", "did you mean", CASE]);
}

#[test]
fn a_case_is_explained_to_people_alone() {
    for format in ["json", "markdown", "junit", "github"] {
        refused(&Desk::slowed(1.4), &["--explain", CASE, "--format", format], &["--explain", "--format"]);
    }
}

#[test]
fn an_explanation_is_written_where_the_table_would_be() {
    let desk = Desk::slowed(1.4);
    let path = desk.folder.path().join("explained.txt");
    let assert = desk.compare(&["--explain", CASE, "--output", path.to_str().unwrap()]).code(1);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("◆") && !text.contains('\x1b') && stdout(&assert).is_empty(), "{text}");
}

#[test]
fn a_dumb_terminal_gets_a_plot_in_ascii() {
    let desk = Desk::slowed(1.4);
    let mut command = Command::from_std(program());
    command.env("TERM", "dumb").args(["compare", "--explain", CASE, "--report"]).arg(&desk.report);
    let text = stdout(&command.arg("--baselines").arg(&desk.baselines).assert().code(1));
    assert!(text.contains("+----") && !text.contains('◆'), "{text}");
}

#[test]
fn a_case_is_explained_from_earlier_reports_and_from_a_pair() {
    let (desk, path) = paired(calmly_beside(1.4));
    let earlier = desk.folder.path().join("earlier.json");
    file::write(&earlier, &report(1, around(1.0))).unwrap();
    let mut command = Command::from_std(program());
    command.args(["compare", "--explain", CASE, "--report"]).arg(&desk.report).arg("--baseline-report").arg(&earlier);
    assert!(stdout(&command.assert().code(1)).contains("2026-01-31 01:00"));
    let alone = stdout(&compare_pair(&path, &["--explain", CASE]).code(1));
    assert!(alone.contains("candidate beside baseline"), "{alone}");
    let both = stdout(&desk.compare(&["--explain", CASE, "--pair", path.to_str().unwrap()]).code(1));
    assert!(both.contains("candidate beside baseline") && both.contains("2026-01-31 03:00"), "{both}");
}

#[test]
fn every_format_is_written_to_a_file_as_it_would_be_printed() {
    let desk = Desk::slowed(1.4);
    for format in ["human", "json", "markdown", "junit", "github"] {
        let path = desk.folder.path().join(format);
        let printed = stdout(&desk.compare(&["--format", format]).code(1));
        let assert = desk.compare(&["--format", format, "--output", path.to_str().unwrap()]).code(1);
        assert_eq!(stdout(&assert), "", "{format}");
        assert_eq!(timeless(&fs::read_to_string(&path).unwrap()), timeless(&printed), "{format}");
    }
}

/// The text without the time at which the comparison was made.
fn timeless(text: &str) -> String {
    let made = |line: &&str| !line.starts_with("  \"created\": ");
    text.lines().filter(made).collect::<Vec<_>>().join("\n")
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
    let mut command = Command::from_std(program());
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

/// Runs the program on the desk's report with other arguments than a baselines file.
fn against_reports(desk: &Desk, reports: &[&Report]) -> Assert {
    let mut command = Command::from_std(program());
    command.args(["compare", "--report"]).arg(&desk.report).arg("--baseline-report");
    for (index, report) in reports.iter().enumerate() {
        let path = desk.folder.path().join(format!("earlier-{index}.json"));
        file::write(&path, *report).unwrap();
        command.arg(path);
    }
    command.assert()
}

#[test]
fn several_earlier_reports_are_several_sessions() {
    let assert = against_reports(&Desk::slowed(1.4), &[&report(1, around(1.0)), &report(2, around(1.001))]).code(1);
    assert!(stdout(&assert).contains("2 sessions") && !stdout(&assert).contains("suspected"), "{}", stdout(&assert));
}

#[test]
fn earlier_reports_that_can_be_no_baseline_are_refused_by_name() {
    let desk = Desk::slowed(1.4);
    let mut injected = report(1, around(1.0));
    injected.context.injected.insert(CASE.to_owned(), 1.3);
    let mut emulated = report(1, around(1.0));
    emulated.context.machine.emulated = true;
    let mut capped = report(1, around(1.0));
    (capped.context.machine.class, capped.context.isa_cap) = (None, Some(platforms::IsaLevel::Scalar));
    let mut foreign = report(1, around(1.0));
    foreign.platform = "macos-aarch64".parse().unwrap();
    for (report, said) in
        [(injected, "on purpose"), (emulated, "emulation"), (capped, "TIDEGAUGE_ISA"), (foreign, "of macos-aarch64")]
    {
        let message = stderr(&against_reports(&desk, &[&report]).code(2));
        assert!(message.contains("earlier-0.json") && message.contains(said), "{message}");
    }
}

#[test]
fn one_kind_of_baseline_is_asked_for_and_not_both() {
    let desk = Desk::slowed(1.0);
    let report = desk.report.to_str().unwrap().to_owned();
    refused(&desk, &["--baseline-report", &report], &["--baselines", "cannot be used with"]);
    let assert = Command::from_std(program()).args(["compare", "--report", &report]).assert().code(2);
    assert!(stderr(&assert).contains("--baseline"));
}

#[test]
fn an_accepted_change_that_does_not_tell_how_far_it_goes_is_4_and_says_what_to_write() {
    let desk = Desk::slowed(1.4);
    let mut expected = three_sessions();
    expected.accepted.push(schema::baselines::Accepted {
        platform: ".".to_owned(),
        case: "^dot_f32/".to_owned(),
        since: "abcdef".to_owned(),
        reason: "a test".to_owned(),
        changes: schema::baselines::AcceptedChanges::default(),
        baseline: None,
        rule: None,
        until: None,
    });
    file::write(&desk.baselines, &expected).unwrap();
    let text = stdout(&desk.compare(&[]).code(4));
    assert!(text.contains("\"changes\": { \"throughput\": -28.6, \"latency_p50\": 40.0 }"), "{text}");
}

#[test]
fn a_report_without_cases_is_refused() {
    let desk = Desk::slowed(1.0);
    let mut empty = report(9, around(1.0));
    empty.cases.clear();
    file::write(&desk.report, &empty).unwrap();
    refused(&desk, &[], &["report.json", "no cases"]);
}

#[test]
fn every_refusal_is_one_line() {
    let desk = Desk::slowed(1.0);
    fs::write(&desk.report, "{").unwrap();
    assert_eq!(stderr(&desk.compare(&[]).code(2)).lines().count(), 1);
}

#[test]
fn a_refusal_leaves_the_output_as_it_was() {
    let desk = Desk::slowed(1.0);
    let output = desk.folder.path().join("comparison.json");
    fs::write(&output, "before").unwrap();
    fs::write(&desk.report, "{").unwrap();
    desk.compare(&["--format", "json", "--output", output.to_str().unwrap()]).code(2);
    assert_eq!(fs::read_to_string(&output).unwrap(), "before");
}

#[test]
fn a_table_in_a_file_has_no_colours() {
    let desk = Desk::slowed(1.4);
    let output = desk.folder.path().join("table.txt");
    desk.compare(&["--output", output.to_str().unwrap()]).code(1);
    let table = fs::read_to_string(&output).unwrap();
    assert!(table.contains(CASE) && !table.contains('\x1b'), "{table}");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::slowed(1.0);
    fs::set_permissions(&desk.report, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything, and then there is nothing to see.
    if fs::read(&desk.report).is_err() {
        refused(&desk, &[], &["report.json", "permissions"]);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_closes_the_pipe_does_not_change_the_verdict() {
    let desk = Desk::slowed(1.4);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program()
        .args(["compare", "--all", "--report"])
        .arg(&desk.report)
        .arg("--baselines")
        .arg(&desk.baselines)
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_standard_output_is_2() {
    let desk = Desk::slowed(1.4);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = program()
        .args(["compare", "--report"])
        .arg(&desk.report)
        .arg("--baselines")
        .arg(&desk.baselines)
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"));
}

/// A folder with a pair, and a report and baselines beside it.
fn paired(row: PairRow) -> (Desk, PathBuf) {
    let desk = Desk::slowed(1.4);
    let path = desk.folder.path().join("pair.json");
    file::write(&path, &pair(row)).unwrap();
    (desk, path)
}

/// Judges the pair alone.
fn compare_pair(path: &Path, arguments: &[&str]) -> Assert {
    Command::from_std(program()).args(["compare", "--pair"]).arg(path).args(arguments).assert()
}

#[test]
fn a_pair_alone_ends_with_what_it_found() {
    for (factor, code) in [(1.0, 0), (1.12, 0), (1.4, 1), (0.7, 0)] {
        compare_pair(&paired(calmly_beside(factor)).1, &[]).code(code);
    }
}

#[test]
fn a_warning_of_a_pair_is_3_only_where_it_was_asked_to_count() {
    compare_pair(&paired(calmly_beside(1.12)).1, &["--fail-on", "warning"]).code(3);
}

#[test]
fn never_turns_the_verdict_of_a_pair_into_0() {
    compare_pair(&paired(calmly_beside(1.4)).1, &["--fail-on", "never"]).code(0);
}

#[test]
fn an_inconclusive_pair_is_4_only_when_strict() {
    let (_desk, path) = paired(beside(&[1.0, 1.2, 1.1, 1.05]));
    compare_pair(&path, &[]).code(0);
    compare_pair(&path, &["--strict"]).code(4);
}

#[test]
fn a_pair_takes_the_thresholds_of_a_file() {
    let (desk, path) = paired(calmly_beside(1.12));
    let mut strict = three_sessions();
    strict.thresholds.critical.latency_increase_percent = 10.0;
    strict.thresholds.warning.latency_increase_percent = 5.0;
    file::write(&desk.baselines, &strict).unwrap();
    compare_pair(&path, &["--baselines", desk.baselines.to_str().unwrap()]).code(1);
}

#[test]
fn a_pair_is_printed_in_every_format() {
    let (_desk, path) = paired(calmly_beside(1.4));
    for (format, said) in
        [("human", "side by side"), ("markdown", "|---"), ("junit", "<failure"), ("json", "\"slices\"")]
    {
        let text = stdout(&compare_pair(&path, &["--format", format]).code(1));
        assert!(text.contains(said), "{format}: {text}");
    }
}

#[test]
fn a_pair_obeys_filter_and_platform() {
    let (_desk, path) = paired(calmly_beside(1.4));
    compare_pair(&path, &["--filter", "^dot_f32/", "--platform", "linux-x86_64"]).code(1);
    assert!(stderr(&compare_pair(&path, &["--filter", "softmax"]).code(2)).contains("softmax"));
    let message = stderr(&compare_pair(&path, &["--platform", "macos-aarch64"]).code(2));
    assert!(message.contains("pair.json") && message.contains("the pair is of linux-x86_64"), "{message}");
}

#[test]
fn a_pair_beside_a_report_decides() {
    let (desk, path) = paired(calmly_beside(1.0));
    desk.compare(&[]).code(1);
    desk.compare(&["--pair", path.to_str().unwrap()]).code(0);
}

#[test]
fn a_pair_of_another_candidate_is_refused_with_both_files() {
    let (desk, path) = paired(calmly_beside(1.0));
    let mut other = pair(calmly_beside(1.0));
    other.candidate.program_sha256 = Some("f".repeat(64));
    file::write(&path, &other).unwrap();
    let assert = desk.compare(&["--pair", path.to_str().unwrap()]).code(2);
    let message = stderr(&assert);
    assert!(message.contains("report.json and ") && message.contains("pair.json are not"), "{message}");
    assert_eq!((message.lines().count(), stdout(&assert).as_str()), (1, ""));
}

#[test]
fn a_pair_without_cases_is_refused() {
    let (_desk, path) = paired(calmly_beside(1.0));
    let mut empty = pair(calmly_beside(1.0));
    empty.cases.clear();
    file::write(&path, &empty).unwrap();
    let message = stderr(&compare_pair(&path, &[]).code(2));
    assert!(message.contains("pair.json") && message.contains("no cases"), "{message}");
}

#[test]
fn a_report_in_place_of_a_pair_is_refused_by_its_kind() {
    let desk = Desk::slowed(1.0);
    let message = stderr(&compare_pair(&desk.report, &[]).code(2));
    assert!(message.contains("report.json") && message.contains("pair"), "{message}");
}

#[test]
fn something_to_judge_must_be_named() {
    let desk = Desk::slowed(1.0);
    let baselines = desk.baselines.to_str().unwrap();
    let assert = Command::from_std(program()).args(["compare", "--baselines", baselines]).assert().code(2);
    assert!(stderr(&assert).contains("--report"));
}

#[test]
fn earlier_reports_say_nothing_of_a_pair_alone() {
    let (desk, path) = paired(calmly_beside(1.0));
    compare_pair(&path, &["--baseline-report", desk.report.to_str().unwrap()]).code(2);
}

#[test]
fn a_pair_beside_a_report_does_without_no_baseline() {
    let (desk, path) = paired(calmly_beside(1.0));
    let report = desk.report.to_str().unwrap();
    assert!(stderr(&compare_pair(&path, &["--report", report]).code(2)).contains("--baseline"));
}

/// A desk after a night with an alarm: its comparison, and tonight's report.
fn after_an_alarm(factor: f64) -> (Desk, String) {
    let desk = Desk::slowed(1.4);
    let yesterday = desk.folder.path().join("yesterday.json").to_str().unwrap().to_owned();
    desk.compare(&["--format", "json", "--output", &yesterday]).code(1);
    file::write(&desk.report, &report(10, around(factor))).unwrap();
    (desk, yesterday)
}

#[test]
fn an_alarm_of_the_session_before_stays_open_and_stands_in_the_table() {
    let (desk, yesterday) = after_an_alarm(1.0);
    let text = stdout(&desk.compare(&["--previous", &yesterday]).code(0));
    assert!(text.contains("alarm open since 2026-01-31"), "{text}");
}

#[test]
fn a_warning_is_critical_while_its_alarm_is_open() {
    let (desk, yesterday) = after_an_alarm(1.12);
    desk.compare(&[]).code(0);
    desk.compare(&["--previous", &yesterday]).code(1);
}

#[test]
fn a_previous_comparison_that_cannot_be_one_is_refused() {
    let (desk, yesterday) = after_an_alarm(1.0);
    refused(&desk, &["--previous", &yesterday, "--filter", "."], &["--previous", "--filter"]);
    refused(&desk, &["--previous", desk.report.to_str().unwrap()], &["report.json", "comparison"]);
    refused(&desk, &["--previous", "nowhere.json"], &["nowhere.json"]);
    file::write(&desk.report, &report(9, around(1.0))).unwrap();
    refused(&desk, &["--previous", &yesterday], &["yesterday.json", "session before"]);
}

#[test]
fn what_a_file_holds_is_no_command_to_the_runner_that_reads_the_log() {
    let folder = TempDir::new().unwrap();
    let hostile = folder.path().join("report.json");
    fs::write(&hostile, "{\"schema_version\": 3, \"platform\": \"linux-x86_64\", \"##[add-mask]e\": 1}").unwrap();
    let mut command = Command::from_std(program());
    let assert = command.arg("compare").arg("--report").arg(&hostile).arg("--baselines").arg(&hostile).assert().code(2);
    let said = stderr(&assert);
    assert!(said.contains("add-mask") && !said.contains("##["), "{said}");
}
