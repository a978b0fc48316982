//! `pair --confirm`: what a comparison suspects is measured, and nothing else, beside the program that made the baseline.

#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;
use schema::{
    SCHEMA_VERSION,
    baselines::{Baselines, Session},
    comparison::{Comparison, Metric, Row, Rule, Side, Summary, Verdict},
    context::Git,
    file,
    pair::Pair,
    report::Report,
};
use tempfile::TempDir;

const SUSPECT: &str = "dot_f32/scalar/n1000";
const STABLE: &str = "add_f32/scalar/n1000";

fn generator() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_generator"))
}

/// A report of this program, its baseline, and a comparison that has one row of each verdict asked for.
struct Desk {
    folder: TempDir,
    report: Report,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let output = Command::new(generator())
            .args([
                "measure",
                "--profile",
                "nightly",
                "--filter",
                "^(add|dot)_f32/scalar/n1000$",
                "--launches",
                "1",
                "--out",
            ])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let report: Report = file::read(&folder.path().join("report.json")).unwrap();
        Self { folder, report }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program that made the baseline is this one, built of `git`.
    fn baseline(&self, git: Option<Git>) -> PathBuf {
        let mut baselines = Baselines::new(self.report.created);
        let mut session = Session::from(self.report.clone());
        session.context.git = git;
        let class = session.context.machine.class.clone().expect("a class");
        baselines.baselines.entry(self.report.platform).or_default().entry(class).or_default().sessions.push(session);
        let path = self.path("baselines.json");
        file::write(&path, &baselines).unwrap();
        path
    }

    fn comparison(&self, rows: Vec<Row>) -> PathBuf {
        let side = Side { file: "a file".to_owned(), class: None, sessions: 1, git: None, created: None };
        let comparison = Comparison {
            schema_version: SCHEMA_VERSION,
            created: self.report.created,
            platform: self.report.platform,
            baseline: side.clone(),
            candidate: Side { class: self.report.context.machine.class.clone(), ..side },
            rows,
            summary: Summary {
                cases: std::collections::BTreeMap::new(),
                machine_change: None,
                wide_change: None,
                notes: Vec::new(),
                exit_code: 1,
                exit_reason: "a test".to_owned(),
            },
        };
        let path = self.path("comparison.json");
        file::write(&path, &comparison).unwrap();
        path
    }

    fn confirm(&self, rows: Vec<Row>, git: Option<Git>, more: &[&str]) -> Output {
        Command::new(generator())
            .args(["pair", "--launches", "2", "--seconds", "0.04s", "--out"])
            .arg(self.path("out"))
            .arg("--confirm")
            .arg(self.comparison(rows))
            .arg("--baselines")
            .arg(self.baseline(git))
            .arg("--programs")
            .arg(self.path("programs"))
            .args(more)
            .output()
            .unwrap()
    }

    /// Keeps this program under its hash.
    fn keep(&self) -> PathBuf {
        let sha256 = self.report.context.program_sha256.as_deref().expect("a program has a hash");
        fs::create_dir_all(self.path("programs")).unwrap();
        let kept = self.path("programs").join(format!("generator-{sha256}"));
        fs::copy(generator(), &kept).unwrap();
        kept
    }
}

fn row(case: &str, verdict: Verdict) -> Row {
    Row { metric: Some(Metric::Throughput), ..Row::without_figures(case, verdict, "a test") }
}

fn pair(folder: &Path) -> Pair {
    file::read(&folder.join("pair.json")).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_suspects_alone_are_measured_beside_the_program_kept_under_its_hash() {
    let desk = Desk::new();
    desk.keep();
    let output = desk.confirm(vec![row(SUSPECT, Verdict::Critical), row(STABLE, Verdict::Stable)], None, &[]);
    assert!(output.status.success(), "{output:?}");
    let pair = pair(&desk.path("out"));
    assert_eq!(pair.cases.keys().collect::<Vec<_>>(), [SUSPECT]);
    assert_eq!(pair.baseline.program_sha256, desk.report.context.program_sha256);
}

#[test]
fn where_nothing_could_be_held_against_the_baseline_everything_is_measured() {
    let desk = Desk::new();
    desk.keep();
    let rows = vec![row(SUSPECT, Verdict::Incomparable), row(STABLE, Verdict::Incomparable)];
    assert!(desk.confirm(rows, None, &[]).status.success());
    assert_eq!(pair(&desk.path("out")).cases.len(), 2);
}

#[test]
fn where_nothing_is_suspected_nothing_is_measured() {
    let desk = Desk::new();
    let of_rule = Row { rule: Some(Rule::DispatchChanged), ..row("dot_f32", Verdict::Warning) };
    let of_tail = Row { metric: Some(Metric::LatencyP99), ..row(SUSPECT, Verdict::Critical) };
    let gone = "gone_f32/scalar/n1000";
    let of_gone = [row(gone, Verdict::Missing), row(gone, Verdict::Critical)];
    let rows = [vec![row(STABLE, Verdict::Stable), of_rule, of_tail], of_gone.to_vec()].concat();
    let output = desk.confirm(rows, None, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).contains("nothing to confirm"), "{}", said(&output));
    assert!(!desk.path("out").exists());
}

#[test]
fn a_program_that_is_gone_for_good_is_said_and_exits_with_4() {
    let desk = Desk::new();
    let output = desk.confirm(vec![row(SUSPECT, Verdict::Critical)], None, &[]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(said(&output).contains("cannot be built again"), "{}", said(&output));
}

#[test]
fn a_kept_program_that_is_another_is_not_run() {
    let desk = Desk::new();
    fs::write(desk.keep(), "#!/bin/sh\nexit 0\n").unwrap();
    let output = desk.confirm(vec![row(SUSPECT, Verdict::Critical)], None, &[]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(said(&output).contains("another hash than its name says"), "{}", said(&output));
}

#[test]
fn a_program_that_was_not_kept_is_built_again_from_its_commit() {
    let desk = Desk::new();
    // No checkout has such a commit, so that what is asked of git is seen without a build.
    let git = Git { commit: "0123456789abcdef".repeat(2) + "01234567", branch: None, dirty: false };
    let output = desk.confirm(vec![row(SUSPECT, Verdict::Critical)], Some(git), &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(said(&output).contains("--base-ref 0123456789abcdef"), "{}", said(&output));
}

#[test]
fn the_hash_to_fetch_is_printed_before_anything_is_measured() {
    let desk = Desk::new();
    let output = desk.confirm(vec![row(SUSPECT, Verdict::Critical)], None, &["--print-base"]);
    let sha256 = desk.report.context.program_sha256.clone().expect("a hash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{sha256}\n"));
    assert!(!desk.path("out").exists());
}
