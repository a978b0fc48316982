//! `detector alert` as a workflow runs it: against a small GitHub, with files and exit codes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::{Command, assert::Assert};
use jiff::{Timestamp, ToSpan};
use schema::{
    SCHEMA_VERSION,
    comparison::{Comparison, Metric, Row},
    context::Git,
    file,
    report::Report,
    watch::{Slowed, Unchanged, Watch},
};
use tempfile::TempDir;

use crate::{
    bench::{CASE, around, baselines, calmly_beside, of, pair, paired, platform, report},
    fake::{Account, Fake, Fault, Repository},
    program::{program, stderr, stdout},
};

#[expect(dead_code, reason = "the builder serves another test binary too, and each uses a part of it")]
#[path = "../suite/bench.rs"]
mod bench;
#[expect(dead_code, reason = "the fake serves other test binaries too, and each uses a part of it")]
#[path = "../github/fake.rs"]
mod fake;

#[path = "../suite/program.rs"]
mod program;

const TOKEN: &str = "ghs_of-a-test";

/// A GitHub with a repository, and a folder for files.
struct Desk {
    fake: Fake,
    repository: Repository,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let fake = Fake::start();
        let repository = fake.repository("tide/gauge");
        Self { fake, repository, folder: TempDir::new().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program on the comparisons of a day.
    fn alert(&self, comparisons: &[Comparison], arguments: &[&str]) -> Assert {
        let mut command = self.command();
        for comparison in comparisons {
            let path = self.path(&format!("{}.json", comparison.platform));
            file::write(&path, comparison).expect("the folder can be written");
            command.arg("--comparison").arg(path);
        }
        command.args(arguments).assert()
    }

    fn command(&self) -> Command {
        let mut command = Command::from_std(program());
        for name in ["GH_TOKEN", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
            command.env_remove(name);
        }
        command
            .env("GITHUB_API_URL", self.fake.api_url())
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_TOKEN", TOKEN)
            .args(["alert", "--repo", "tide/gauge", "--pause", "0s", "--patience", "1s", "--out"])
            .arg(self.folder.path());
        command
    }

    fn undelivered(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.path("undelivered.json")).expect("something was kept");
        assert!(!text.contains(TOKEN), "{text}");
        serde_json::from_str(&text).expect("a list of requests")
    }

    /// Files a run of a day into the history.
    fn record(&self, comparison: &Comparison, report: &Report) {
        let folder = self.path("history").join(comparison.platform.as_str()).join(report.created.to_string());
        fs::create_dir_all(&folder).expect("the folder can be written");
        file::write(&folder.join("comparison.json"), comparison).expect("the folder can be written");
        file::write(&folder.join("report.json"), report).expect("the folder can be written");
    }

    /// The flags that name the history.
    fn history(&self) -> Vec<String> {
        vec!["--history".to_owned(), self.path("history").display().to_string()]
    }
}

fn time(day: i64) -> Timestamp {
    let first: Timestamp = "2026-01-01T04:00:00Z".parse().expect("a time");
    first + ((day - 1) * 24).hours()
}

fn commit(day: i64) -> Git {
    Git { commit: format!("{day:040x}"), branch: None, dirty: false }
}

/// What a pair of that day says of a candidate that takes that many times as long.
fn night(day: i64, factor: f64) -> Comparison {
    let mut comparison = paired(&pair(calmly_beside(factor)));
    comparison.created = time(day) + 1.hour();
    comparison.baseline.created = Some(time(0));
    comparison.baseline.git = Some(commit(0xba5e));
    comparison.candidate.created = Some(time(day));
    comparison.candidate.git = Some(commit(day));
    comparison
}

/// The report of that day.
fn measured(day: i64, factor: f64) -> Report {
    let mut report = report(1, around(factor));
    report.created = time(day);
    report.context.git = Some(commit(day));
    report
}

#[test]
fn a_confirmed_regression_is_an_issue_with_its_labels() {
    let desk = Desk::new();
    let assert = desk.alert(&[night(2, 1.4)], &[]).code(0);
    let issues = desk.repository.issues();
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].labels, ["tidegauge", "platform:linux-x86_64", "severity:moderate"]);
    assert!(stdout(&assert).contains("#1 opened: linux-x86_64: dot_f32/avx2/n10000 is slower"), "{}", stdout(&assert));
}

#[test]
fn a_second_run_of_the_same_night_writes_nothing() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    let writes = desk.repository.writes().len();
    let assert = desk.alert(&[night(2, 1.4)], &[]).code(0);
    assert_eq!(desk.repository.writes().len(), writes);
    assert!(stdout(&assert).contains("#1 left alone"), "{}", stdout(&assert));
}

#[test]
fn two_good_nights_close_it_with_a_word() {
    let desk = Desk::new();
    for (day, factor) in [(2, 1.4), (3, 1.0), (4, 1.0)] {
        desk.alert(&[night(day, factor)], &[]).code(0);
    }
    let issue = desk.repository.issue(1);
    assert_eq!((issue.open, issue.state_reason.as_deref(), issue.comments.len()), (false, Some("completed"), 1));
    assert!(issue.comments[0].body.contains("**Recovered**"), "{}", issue.comments[0].body);
}

#[test]
fn an_expected_platform_without_a_comparison_is_told_first_and_ends_in_4_after_all_was_delivered() {
    let desk = Desk::new();
    let assert = desk.alert(&[night(2, 1.4)], &["--expect", "linux-x86_64,macos-aarch64"]).code(4);
    assert!(stdout(&assert).starts_with("macos-aarch64: FAILED, it has no comparison"), "{}", stdout(&assert));
    assert_eq!(desk.repository.issues().len(), 1);
}

#[test]
fn where_every_platform_failed_there_is_a_summary_all_the_same() {
    let desk = Desk::new();
    let assert = desk.alert(&[], &["--expect", "linux-x86_64", "--format", "markdown"]).code(4);
    assert!(stdout(&assert).contains("| `linux-x86_64` | **FAILED** |"), "{}", stdout(&assert));
}

#[test]
fn two_comparisons_of_one_platform_are_none_and_the_other_platforms_are_told_all_the_same() {
    let desk = Desk::new();
    let other = desk.path("other.json");
    file::write(&other, &night(2, 1.0)).expect("the folder can be written");
    let arm = Comparison { platform: platform("linux-aarch64"), ..night(2, 1.4) };
    let assert = desk.alert(&[night(2, 1.4), arm], &["--comparison", &other.display().to_string()]).code(2);
    assert!(stdout(&assert).contains("are both of linux-x86_64"), "{}", stdout(&assert));
    let labels: Vec<Vec<String>> = desk.repository.issues().into_iter().map(|issue| issue.labels).collect();
    assert_eq!(labels, [["tidegauge", "platform:linux-aarch64", "severity:moderate"]]);
}

#[test]
fn a_comparison_that_cannot_be_read_is_told_first_and_silences_no_other() {
    let desk = Desk::new();
    let damaged = desk.path("macos.json");
    fs::write(&damaged, "{ \"schema_version\": 1, ").expect("the folder can be written");
    for (format, begin) in [("human", "FAILED: reading "), ("markdown", "| **FAILED** | reading ")] {
        let more = ["--comparison", &damaged.display().to_string(), "--format", format];
        let assert = desk.alert(&[night(2, 1.4)], &more).code(2);
        let text = stdout(&assert);
        assert!(text.contains(begin) && text.contains("macos.json"), "{text}");
    }
    assert_eq!(desk.repository.issues().len(), 1);
}

#[test]
fn a_comparison_that_cannot_be_read_leaves_the_issues_of_its_platform_alone() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    let writes = desk.repository.writes().len();
    let damaged = desk.path("linux.json");
    fs::write(&damaged, "{").expect("the folder can be written");
    desk.alert(&[], &["--comparison", &damaged.display().to_string()]).code(2);
    assert_eq!((desk.repository.writes().len(), desk.repository.issue(1).open), (writes, true));
}

#[test]
fn what_else_cannot_be_read_stops_no_alarm_and_ends_in_2() {
    let desk = Desk::new();
    fs::create_dir(desk.path("history")).expect("the folder can be written");
    fs::write(desk.path("damaged.json"), "{").expect("the folder can be written");
    let path = |name: &str| desk.path(name).display().to_string();
    let (history, damaged, nowhere) = (path("history"), path("damaged.json"), path("nowhere"));
    for (day, inputs) in (2..).zip([
        vec!["--owners", &nowhere],
        vec!["--history", &nowhere],
        vec!["--history", &history, "--baselines", &damaged],
    ]) {
        let assert = desk.alert(&[night(day, 1.4)], &inputs).code(2);
        assert!(stdout(&assert).contains("note: reading "), "{}", stdout(&assert));
        let body = desk.repository.issue(1).body.expect("a body");
        assert!(body.contains(&format!("As of the session of 2026-01-0{day}")), "{body}");
    }
}

#[test]
fn what_github_does_not_take_is_kept_without_the_token_and_the_exit_is_5() {
    let desk = Desk::new();
    desk.repository.fault_on("POST issues", 100, Fault::Status(503));
    let assert = desk.alert(&[night(2, 1.4)], &[]).code(5);
    assert!(stdout(&assert).contains("NOT DELIVERED") && !stderr(&assert).contains(TOKEN), "{}", stdout(&assert));
    let kept = desk.undelivered();
    let opening = kept.last().expect("a request");
    assert_eq!(
        (opening["method"].as_str(), opening["path"].as_str()),
        (Some("POST"), Some("/repos/tide/gauge/issues"))
    );
    assert!(opening["body"]["body"].as_str().is_some_and(|body| body.starts_with("<!-- tidegauge {")), "{opening}");
}

#[test]
fn the_same_files_again_deliver_what_was_kept_and_clear_it_away() {
    let desk = Desk::new();
    desk.repository.fault_on("POST issues", 100, Fault::Status(503));
    desk.alert(&[night(2, 1.4)], &[]).code(5);
    desk.fake.clear_faults();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    assert_eq!(desk.repository.issues().len(), 1);
    assert!(!desk.path("undelivered.json").exists());
}

#[test]
fn where_the_issues_cannot_be_read_nothing_is_written_and_all_is_kept() {
    let desk = Desk::new();
    desk.repository.fault_on("GET *", 100, Fault::Status(503));
    let assert = desk.alert(&[night(2, 1.4)], &[]).code(5);
    assert!(stdout(&assert).contains("could not be read"), "{}", stdout(&assert));
    assert!(desk.repository.writes().is_empty());
    let methods: Vec<String> = desk.undelivered().iter().map(|request| request["method"].to_string()).collect();
    assert!(methods.starts_with(&["\"GET\"".to_owned()]) && methods.ends_with(&["\"POST\"".to_owned()]), "{methods:?}");
}

#[test]
fn an_unknown_outcome_never_makes_a_second_issue() {
    let desk = Desk::new();
    desk.repository.fault_on("POST issues", 1, Fault::DroppedAfter);
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    assert_eq!(desk.repository.issues().len(), 1);
}

#[test]
fn labels_that_github_dropped_are_kept_and_put_back_by_the_next_run() {
    let desk = Desk::new();
    desk.repository.fault_on("POST issues", 1, Fault::LabelsDropped);
    desk.alert(&[night(2, 1.4)], &[]).code(5);
    assert_eq!(desk.undelivered()[0]["path"], "/repos/tide/gauge/issues/1");
    desk.alert(&[night(3, 1.4)], &[]).code(0);
    assert_eq!((desk.repository.issues().len(), desk.repository.issue(1).labels.len()), (1, 3));
}

#[test]
fn a_comment_that_was_not_taken_is_kept_and_said_by_the_same_files_again() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    desk.alert(&[night(3, 1.0)], &[]).code(0);
    desk.repository.fault_on("POST issues/1/comments", 100, Fault::Status(500));
    desk.alert(&[night(4, 1.0)], &[]).code(5);
    let paths: Vec<String> = desk.undelivered().iter().map(|request| request["path"].to_string()).collect();
    assert_eq!(paths, [r#""/repos/tide/gauge/issues/1/comments""#, r#""/repos/tide/gauge/issues/1""#]);
    desk.fake.clear_faults();
    desk.alert(&[night(4, 1.0)], &[]).code(0);
    let issue = desk.repository.issue(1);
    assert!(!issue.open && issue.comments.len() == 1 && issue.comments[0].body.contains("**Recovered**"));
    assert!(!desk.path("undelivered.json").exists());
}

#[test]
fn a_word_is_said_once_where_what_follows_it_was_not_taken() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    desk.alert(&[night(3, 1.0)], &[]).code(0);
    desk.repository.fault_on("PATCH issues/1", 100, Fault::Status(500));
    desk.alert(&[night(4, 1.0)], &[]).code(5);
    desk.fake.clear_faults();
    desk.alert(&[night(4, 1.0)], &[]).code(0);
    let issue = desk.repository.issue(1);
    assert_eq!((issue.open, issue.comments.len()), (false, 1));
}

#[test]
fn a_locked_issue_is_no_trouble() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    desk.repository.lock(1, true);
    desk.alert(&[night(3, 1.0)], &[]).code(0);
    desk.alert(&[night(4, 1.0)], &[]).code(0);
    assert!(!desk.repository.issue(1).open && desk.repository.issue(1).comments.is_empty());
}

#[test]
fn an_issue_whose_label_was_taken_away_is_found_and_labelled_again() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    desk.repository.delete_label("tidegauge");
    desk.alert(&[night(3, 1.4)], &[]).code(0);
    assert_eq!((desk.repository.issues().len(), desk.repository.issue(1).labels.len()), (1, 3));
}

#[test]
fn an_issue_without_labels_is_found_however_many_are_newer() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    desk.repository.delete_label("tidegauge");
    for index in 0..101 {
        desk.repository.open_issue(Account::person("one", "NONE"), &format!("issue {index}"), "text", &[]);
    }
    desk.alert(&[night(3, 1.4)], &[]).code(0);
    assert_eq!((desk.repository.issues().len(), desk.repository.issue(1).labels.len()), (102, 3));
}

#[test]
fn another_account_that_alarms_may_be_named() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    let issue = desk.repository.issue(1);
    desk.repository.delete_issue(1);
    let body = issue.body.expect("a body");
    desk.repository.open_issue(Account::person("member", "NONE"), &issue.title, &body, &["tidegauge"]);
    desk.alert(&[night(3, 1.4)], &["--author", "github-actions[bot],member"]).code(0);
    assert_eq!(desk.repository.issues().len(), 1);
}

#[test]
fn an_issue_that_a_stranger_forged_is_left_alone() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    let issue = desk.repository.issue(1);
    desk.repository.delete_issue(1);
    let body = issue.body.expect("a body");
    desk.repository.open_issue(Account::person("stranger", "NONE"), &issue.title, &body, &["tidegauge"]);
    desk.alert(&[night(3, 1.4)], &[]).code(0);
    assert_eq!((desk.repository.issues().len(), desk.repository.issue(2).body.as_deref()), (2, Some(body.as_str())));
}

#[test]
fn a_dry_run_prints_the_requests_and_sends_none() {
    let desk = Desk::new();
    let assert = desk.alert(&[night(2, 1.4)], &["--dry-run"]).code(0);
    let text = stdout(&assert);
    assert!(text.contains("POST /repos/tide/gauge/issues\n") && text.contains("new opened"), "{text}");
    assert!(desk.repository.writes().is_empty() && !desk.path("undelivered.json").exists());
}

#[test]
fn an_owner_who_may_be_assigned_is() {
    let desk = Desk::new();
    desk.repository.add_collaborator("dots");
    let owners = desk.path("CODEOWNERS");
    fs::write(&owners, "* @org/team\n/kernels/src/dot_f32/ @dots\n").expect("the folder can be written");
    desk.alert(&[night(2, 1.4)], &["--owners", &owners.display().to_string()]).code(0);
    assert_eq!(desk.repository.issue(1).assignees, ["dots"]);
}

#[test]
fn a_line_of_owners_that_says_nothing_is_a_note() {
    let desk = Desk::new();
    desk.repository.add_collaborator("one");
    let owners = desk.path("CODEOWNERS");
    fs::write(&owners, "* @one\n!docs @two\n").expect("the folder can be written");
    let assert = desk.alert(&[night(2, 1.4)], &["--owners", &owners.display().to_string()]).code(0);
    assert!(stdout(&assert).contains("CODEOWNERS: line 2"), "{}", stdout(&assert));
    assert_eq!(desk.repository.issue(1).assignees, ["one"]);
}

#[test]
fn a_run_that_is_no_address_is_wrong_usage() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &["--run-url", "javascript:alert(1)"]).code(2);
    desk.alert(&[night(2, 1.4)], &["--run-url", "https://x/) [evil](https://y"]).code(2);
}

/// A desk whose history has eleven good nights, and one that is slower, which is tonight.
fn with_history() -> (Desk, Comparison) {
    let desk = Desk::new();
    for day in 1..=11 {
        desk.record(&night(day, 1.0), &measured(day, 1.0 + 0.001 * (day % 3) as f64));
    }
    let tonight = night(12, 1.4);
    desk.record(&tonight, &measured(12, 1.4));
    (desk, tonight)
}

fn alert_with_history(desk: &Desk, comparisons: &[Comparison], more: &[&str]) -> Assert {
    let history = desk.history();
    let arguments: Vec<&str> = history.iter().map(String::as_str).chain(more.iter().copied()).collect();
    desk.alert(comparisons, &arguments)
}

#[test]
fn the_history_says_between_which_commits_it_began() {
    let (desk, tonight) = with_history();
    alert_with_history(&desk, &[tonight], &[]).code(0);
    let body = desk.repository.issue(1).body.expect("a body");
    let link = format!("https://github.com/tide/gauge/compare/{:040x}...{:040x}", 11, 12);
    assert!(body.contains(&link), "{body}");
}

#[test]
fn the_history_is_shown_as_a_picture() {
    let (desk, tonight) = with_history();
    alert_with_history(&desk, &[tonight], &[]).code(0);
    let body = desk.repository.issue(1).body.expect("a body");
    assert!(body.contains("```text\n▁▁▁▁▁▁▁▁▁▁▁█\n           ^\n```"), "{body}");
    assert!(body.contains("12 sessions on this class of machine, 2026-01-01 to 2026-01-12"), "{body}");
}

#[test]
fn a_page_of_the_history_that_cannot_be_read_stops_no_alarm_and_is_told() {
    let (desk, tonight) = with_history();
    fs::write(desk.path("history/report.json"), "{ \"schema_version\": 1, ").expect("the folder can be written");
    let assert = alert_with_history(&desk, &[tonight], &[]).code(0);
    assert_eq!(desk.repository.issues().len(), 1);
    assert!(stdout(&assert).contains("note: left out of the history: reading "), "{}", stdout(&assert));
}

#[test]
fn an_empty_history_stops_no_alarm() {
    let desk = Desk::new();
    fs::create_dir(desk.path("history")).expect("the folder can be written");
    alert_with_history(&desk, &[night(2, 1.4)], &[]).code(0);
    assert_eq!(desk.repository.issues().len(), 1);
}

#[test]
fn baselines_that_no_longer_describe_what_is_seen_are_offered_to_be_renewed() {
    let desk = Desk::new();
    for day in 1..=12 {
        desk.record(&night(day, 1.3), &measured(day, 1.3));
    }
    let path = desk.path("baselines.json");
    file::write(&path, &baselines([measured(0, 1.0)])).expect("the folder can be written");
    let assert = alert_with_history(&desk, &[night(13, 1.0)], &["--baselines", &path.display().to_string()]).code(0);
    assert!(stdout(&assert).contains("Run the workflow refresh"), "{}", stdout(&assert));
}

#[test]
fn the_rates_of_the_watch_stand_in_the_summary() {
    let (desk, tonight) = with_history();
    let watch = Watch {
        schema_version: SCHEMA_VERSION,
        platform: platform("linux-x86_64"),
        created: time(1),
        class: None,
        commit: None,
        unchanged: Unchanged { judged: 8, false_regressions: Vec::new(), false_improvements: Vec::new() },
        slowed: Slowed { percent: 10.0, cases: 4, missed: Vec::new() },
    };
    file::write(&desk.path("history/watch.json"), &watch).expect("the folder can be written");
    let assert = alert_with_history(&desk, &[tonight], &["--format", "markdown"]).code(0);
    assert!(stdout(&assert).contains("| linux-x86_64 | 1 | 0 of 8: "), "{}", stdout(&assert));
}

#[test]
fn false_alarms_count_against_the_precision() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    desk.repository.add_label(1, "false-alarm");
    let assert = desk.alert(&[night(3, 1.4)], &[]).code(0);
    assert!(stdout(&assert).contains("precision of the alarms: right in 0 of 1: 0.0 %"), "{}", stdout(&assert));
}

#[test]
fn a_summary_goes_to_the_file_that_is_named() {
    let desk = Desk::new();
    let summary = desk.path("summary.md");
    desk.alert(&[night(2, 1.4)], &["--format", "markdown", "--output", &summary.display().to_string()]).code(0);
    let text = read(&summary);
    assert!(text.contains("| [1](https://github.com/tide/gauge/issues/1) | opened |"), "{text}");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it was written")
}

#[test]
fn no_name_in_the_summary_is_read_as_markdown_or_by_the_runner() {
    let desk = Desk::new();
    let mut tonight = night(2, 1.4);
    let row = Row { case: "@x <b>|##[add-mask]y".to_owned(), ..of(&tonight, Metric::LatencyP50) };
    tonight.rows = vec![row];
    for format in ["human", "markdown"] {
        let text = stdout(&desk.alert(std::slice::from_ref(&tonight), &["--format", format, "--dry-run"]).code(0));
        assert!(!text.contains("##[add-mask]"), "{text}");
        let summary = text.split("## The night").nth(1).unwrap_or_default();
        assert!(!summary.contains('@') && !summary.contains("<b>"), "{summary}");
    }
}

#[test]
fn an_issue_of_one_case_is_told_by_its_name() {
    let desk = Desk::new();
    desk.alert(&[night(2, 1.4)], &[]).code(0);
    assert!(desk.repository.issue(1).body.expect("a body").contains(&format!("`{CASE}`")));
}
