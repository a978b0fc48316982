//! `generator merge`: what comes together, what is refused with which words, and what `--keep` discards.

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use platforms::PlatformKey;
use predicates::{prelude::PredicateBooleanExt, str::contains};
use schema::{
    baselines::{Baselines, Override, PartialLimits},
    file,
    report::Report,
};
use tempfile::TempDir;

use crate::bench::{Bench, CLASS, an_hour_later, generator, of_other_code, other_platform, report};

/// A folder with files of baselines.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Baselines of these reports, whatever code they measured.
    fn baselines(&self, name: &str, reports: &[Report]) -> PathBuf {
        let bench = Bench::new();
        for report in reports {
            bench.baseline(report, &[]).assert().success();
        }
        fs::copy(bench.file(), self.path(name)).unwrap();
        self.path(name)
    }

    /// The same with something else changed.
    fn edited(&self, name: &str, edit: impl FnOnce(&mut Baselines)) -> PathBuf {
        let path = self.baselines(name, &[report(|_| {})]);
        let mut baselines: Baselines = file::read(&path).unwrap();
        edit(&mut baselines);
        file::write(&path, &baselines).unwrap();
        path
    }

    fn out(&self) -> PathBuf {
        self.path("merged.json")
    }

    fn merge(&self, arguments: &[&str], files: &[&Path]) -> Command {
        let mut command = generator();
        command.args(["merge", "--out"]).arg(self.out()).args(arguments).args(files);
        command
    }

    fn merged(&self) -> Baselines {
        file::read(&self.out()).unwrap()
    }

    /// When the sessions of this platform's class began.
    fn created(&self) -> Vec<String> {
        let merged = self.merged();
        let section = merged.of_class(PlatformKey::of_this_build().unwrap(), CLASS).unwrap();
        section.sessions.iter().map(|session| session.created.to_string()).collect()
    }

    /// Refuses the two by all these words, in one line, and writes nothing.
    #[track_caller]
    fn refuses(&self, one: &Path, other: &Path, words: &[&str]) {
        let assert = self.merge(&[], &[one, other]).assert().code(2).stdout("");
        let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        for word in words.iter().copied().chain([name(one), name(other)]) {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!self.out().exists());
    }
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn another_tale(report: &mut Report) {
    report.context.seed = Some(43);
}

fn other_code_an_hour_later(report: &mut Report) {
    an_hour_later(report);
    of_other_code(report);
}

const AT_FOUR: &str = "2026-01-31T04:00:00Z";
const AT_FIVE: &str = "2026-01-31T05:00:00Z";

#[test]
fn merging_keeps_classes_and_platforms_apart_and_adds_sessions_up() {
    let desk = Desk::new();
    let one = desk.baselines("one.json", &[report(|_| {})]);
    let class = report(|report| report.context.machine.class = Some("testbench.2".to_owned()));
    let platform = report(|report| report.platform = other_platform());
    let other = desk.baselines("other.json", &[report(|_| {}), report(an_hour_later), class, platform]);
    desk.merge(&[], &[&one, &other]).assert().success().stderr(contains("3 classes of machines, of 2 platforms"));
    let merged = desk.merged().baselines;
    let sessions = |platform: PlatformKey, class: &str| merged[&platform][class].sessions.len();
    let here = PlatformKey::of_this_build().unwrap();
    assert_eq!((sessions(here, CLASS), sessions(here, "testbench.2"), sessions(other_platform(), CLASS)), (2, 1, 1));
}

#[test]
fn two_tales_of_one_session_are_refused() {
    let desk = Desk::new();
    let (one, other) = (report(|_| {}), report(another_tale));
    let (one, other) = (desk.baselines("one.json", &[one]), desk.baselines("other.json", &[other]));
    let here = PlatformKey::of_this_build().unwrap();
    desk.refuses(&one, &other, &[here.as_str(), CLASS, AT_FOUR, "at the same time", "--keep first"]);
}

#[test]
fn sessions_of_different_code_are_refused() {
    let desk = Desk::new();
    let (one, other) = (report(|_| {}), report(other_code_an_hour_later));
    let (one, other) = (desk.baselines("one.json", &[one]), desk.baselines("other.json", &[other]));
    let here = PlatformKey::of_this_build().unwrap();
    let codes = ["commit c0ffeec0ffee (program abababababab)", "commit f00df00df00d (program cdcdcdcdcdcd)"];
    desk.refuses(&one, &other, &[here.as_str(), CLASS, "different code", codes[0], codes[1], "--keep last"]);
}

fn stricter(baselines: &mut Baselines) {
    baselines.thresholds.warning.latency_increase_percent = 1.0;
}

fn overridden(baselines: &mut Baselines) {
    baselines.overrides.push(Override {
        platform: ".*".to_owned(),
        case: ".*".to_owned(),
        critical: PartialLimits { latency_increase_percent: Some(50.0), ..PartialLimits::default() },
        warning: PartialLimits::default(),
        reason: "a test asks for it".to_owned(),
        until: None,
    });
}

#[test]
fn different_thresholds_overrides_and_accepted_changes_are_refused_by_name() {
    let desk = Desk::new();
    let plain = desk.edited("plain.json", |_| {});
    desk.refuses(&plain, &desk.edited("stricter.json", stricter), &["different thresholds", "--keep"]);
    desk.refuses(&plain, &desk.edited("overridden.json", overridden), &["different overrides", "--keep"]);
    let accepting = desk.edited("accepting.json", |baselines| {
        let accepted = serde_json::json!({
            "platform": ".*", "case": ".*", "since": "c0ffee", "reason": "a test asks for it"
        });
        baselines.accepted.push(serde_json::from_value(accepted).unwrap());
    });
    desk.refuses(&plain, &accepting, &["different accepted changes", "--keep"]);
}

/// Merges two files whose class has sessions of different code.
fn keep(which: &str) -> (Desk, String) {
    let desk = Desk::new();
    let one = desk.baselines("one.json", &[report(|_| {})]);
    let other = desk.baselines("other.json", &[report(other_code_an_hour_later)]);
    let assert = desk.merge(&["--keep", which], &[&one, &other]).assert().success();
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    (desk, said)
}

#[test]
fn keeping_the_first_discards_what_comes_after_it_and_says_so() {
    let (desk, said) = keep("first");
    assert_eq!(desk.created(), [AT_FOUR]);
    assert!(
        said.lines().any(|line| line.starts_with("discarded the session of") && line.contains("other.json: ")),
        "{said}"
    );
    assert!(said.contains(AT_FIVE) && said.contains("discarded 1\n"), "{said}");
}

#[test]
fn keeping_the_last_discards_what_comes_before_it_and_says_so() {
    let (desk, said) = keep("last");
    assert_eq!(desk.created(), [AT_FIVE]);
    assert!(
        said.lines().any(|line| line.starts_with("discarded the session of") && line.contains("one.json: ")),
        "{said}"
    );
    assert!(said.contains(AT_FOUR) && said.contains("discarded 1\n"), "{said}");
}

#[test]
fn keeping_one_of_two_tales_keeps_that_one() {
    for (which, seed) in [("first", 42), ("last", 43)] {
        let desk = Desk::new();
        let one = desk.baselines("one.json", &[report(|_| {})]);
        let other = desk.baselines("other.json", &[report(another_tale)]);
        desk.merge(&["--keep", which], &[&one, &other]).assert().success().stderr(contains("tells it otherwise"));
        let section = desk.merged();
        let section = section.of_class(PlatformKey::of_this_build().unwrap(), CLASS).unwrap();
        assert_eq!(section.sessions.iter().map(|session| session.context.seed).collect::<Vec<_>>(), [Some(seed)]);
    }
}

#[test]
fn keeping_one_of_two_thresholds_keeps_that_one_and_all_sessions() {
    for (which, percent, gone) in [("first", 15.0, "stricter.json"), ("last", 1.0, "plain.json")] {
        let desk = Desk::new();
        let (plain, strict) = (desk.edited("plain.json", |_| {}), desk.edited("stricter.json", stricter));
        let said = contains("discarded the thresholds of").and(contains(format!("{gone}: those of")));
        desk.merge(&["--keep", which], &[&plain, &strict]).assert().success().stderr(said);
        let kept = desk.merged().thresholds.warning.latency_increase_percent;
        assert_eq!((kept.to_bits(), desk.created().len()), (f64::to_bits(percent), 1));
    }
}

#[test]
fn a_choice_where_nothing_differs_discards_nothing() {
    let desk = Desk::new();
    let one = desk.baselines("one.json", &[report(|_| {})]);
    let other = desk.baselines("other.json", &[report(an_hour_later)]);
    desk.merge(&["--keep", "last"], &[&one, &other]).assert().success().stderr(contains("discarded 0"));
    assert_eq!(desk.created(), [AT_FOUR, AT_FIVE]);
}

#[test]
fn the_file_to_write_may_be_one_of_those_that_are_merged() {
    let desk = Desk::new();
    let one = desk.baselines("merged.json", &[report(|_| {})]);
    let other = desk.baselines("other.json", &[report(an_hour_later)]);
    desk.merge(&[], &[&one, &other]).assert().success();
    assert_eq!(desk.created(), [AT_FOUR, AT_FIVE]);
}

#[test]
fn a_file_that_is_not_merged_is_not_written_over() {
    let desk = Desk::new();
    let mine = desk.baselines("merged.json", &[report(|_| {})]);
    let other = desk.baselines("other.json", &[report(an_hour_later)]);
    let before = fs::read(&mine).unwrap();
    desk.merge(&[], &[&other]).assert().code(2).stderr(contains("name it among the files to merge"));
    assert_eq!(fs::read(&mine).unwrap(), before);
}

#[test]
fn a_refusal_leaves_the_file_to_write_as_it_was() {
    let desk = Desk::new();
    let one = desk.baselines("merged.json", &[report(|_| {})]);
    let other = desk.baselines("other.json", &[report(another_tale)]);
    let before = fs::read(&one).unwrap();
    desk.merge(&[], &[&one, &other]).assert().code(2);
    assert_eq!(fs::read(&one).unwrap(), before);
}

/// Refuses a second file with that text, in one line that names it and says `why`.
#[track_caller]
fn check_unreadable(text: &str, why: &str) {
    let desk = Desk::new();
    let one = desk.baselines("one.json", &[report(|_| {})]);
    let other = desk.path("other.json");
    fs::write(&other, text).unwrap();
    let assert = desk.merge(&[], &[&one, &other]).assert().code(2).stdout("");
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(said.contains("other.json") && said.contains(why) && said.lines().count() == 1, "{said}");
    assert!(!desk.out().exists());
}

fn baselines_text() -> String {
    let desk = Desk::new();
    fs::read_to_string(desk.baselines("one.json", &[report(|_| {})])).unwrap()
}

#[test]
fn a_truncated_file_is_refused() {
    let text = baselines_text();
    check_unreadable(&text[..text.len() / 2], "cut off");
}

#[test]
fn a_file_of_a_newer_version_is_refused() {
    let version = |version: u32| format!("\"schema_version\": {version}");
    let newer = baselines_text().replacen(&version(schema::SCHEMA_VERSION), &version(99), 1);
    check_unreadable(&newer, "schema_version 99");
}

#[test]
fn a_file_of_a_platform_that_is_not_listed_is_refused() {
    let here = PlatformKey::of_this_build().unwrap();
    check_unreadable(&baselines_text().replacen(here.as_str(), "linux-vax", 1), "linux-vax");
}

#[test]
fn a_report_in_place_of_baselines_is_refused() {
    let desk = Desk::new();
    let path = desk.path("report.json");
    file::write(&path, &report(|_| {})).unwrap();
    check_unreadable(&fs::read_to_string(path).unwrap(), "a report");
}

#[test]
fn a_text_that_is_no_document_is_refused() {
    check_unreadable("hello", "expected");
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let desk = Desk::new();
    let one = desk.baselines("one.json", &[report(|_| {})]);
    desk.merge(&[], &[&one, &desk.path("nowhere.json")]).assert().code(2).stderr(contains("nowhere.json"));
    assert!(!desk.out().exists());
}

#[test]
fn a_folder_to_write_to_that_is_not_there_is_refused() {
    let desk = Desk::new();
    let one = desk.baselines("one.json", &[report(|_| {})]);
    let mut command = generator();
    command.args(["merge", "--out"]).arg(desk.path("nowhere/merged.json")).arg(one);
    command.assert().code(2).stderr(contains("nowhere"));
}
