//! Pairs: two real programs take turns, and whatever one of them does, the document says what became of the case.

#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;
use schema::{
    case::Status,
    file,
    pair::{Interleaved, Pair},
};
use tempfile::TempDir;

const CASE: &str = "dot_f32/scalar/n1000";

fn generator() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_generator"))
}

/// Pairs this program as candidate with `base`, on a few cases and for a moment.
fn pair(base: &Path, out: &Path, more: &[&str]) -> Output {
    Command::new(generator())
        .arg("pair")
        .args(["--profile", "nightly", "--filter", "^(add|dot)_f32/scalar/n1000$"])
        .args(["--launches", "2", "--seconds", "0.04s", "--case-limit", "20"])
        .arg("--base")
        .arg(base)
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .unwrap()
}

fn document(out: &TempDir) -> Pair {
    file::read(&out.path().join("pair.json")).unwrap()
}

/// A program that is this shell script.
fn script(folder: &TempDir, script: &str) -> PathBuf {
    let program = folder.path().join("base.sh");
    fs::write(&program, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// A program that is the real one, but for workers' answers, which go through `filter`.
fn filtered(folder: &TempDir, filter: &str) -> PathBuf {
    let real = generator().display().to_string();
    script(folder, &format!("case $1 in\nworker) {real} \"$@\" | {filter};;\n*) exec {real} \"$@\";;\nesac"))
}

#[test]
fn a_program_paired_with_itself_takes_turns_and_both_sides_have_every_number() {
    let out = TempDir::new().unwrap();
    let output = pair(&generator(), out.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    let pair = document(&out);
    assert_eq!(pair.interleaved, Interleaved::Slices);
    assert_eq!(pair.baseline.program_sha256, pair.candidate.program_sha256);
    assert_eq!(pair.cases.len(), 2);
    for (id, row) in &pair.cases {
        assert_eq!((row.status, row.reason.as_deref()), (Status::Measured, None), "{id}");
        assert_eq!(row.baseline.checksum, row.candidate.checksum);
        assert!(row.baseline.launches.len() >= 2 && row.candidate.launches.len() == row.baseline.launches.len());
        let samples = |side: &schema::pair::PairSide| side.launches.iter().filter_map(|launch| launch.samples).min();
        assert!(samples(&row.baseline) > Some(10) && samples(&row.candidate) > Some(10), "{row:?}");
    }
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(CASE) && text.contains("95 % interval"), "{text}");
    assert!(fs::read_to_string(out.path().join("pair.md")).unwrap().contains("| case |"));
}

#[test]
fn a_candidate_slowed_to_twice_the_time_is_seen_to_take_it() {
    let out = TempDir::new().unwrap();
    pair(&generator(), out.path(), &["--inject", "dot_f32/scalar/n1000=2"]);
    let pair = document(&out);
    assert_eq!(pair.candidate.injected.len(), 1);
    assert!(pair.baseline.injected.is_empty());
    // Twice is so much that no neighbour makes it half or three times as much, on any machine.
    if let Some(ratio) = &pair.cases[CASE].throughput_time {
        assert!((1.5..3.0).contains(&ratio.value), "{ratio:?}");
    }
}

#[test]
fn a_baseline_without_the_case_is_no_failure_and_no_number() {
    let (folder, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let real = generator().display().to_string();
    let list = r#"echo '[{"case": "add_f32/scalar/n1000"}]'"#;
    let program = script(&folder, &format!("case $1 in\nlist) {list};;\n*) exec {real} \"$@\";;\nesac"));
    let output = pair(&program, out.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    let row = &document(&out).cases[CASE];
    assert_eq!(
        (row.status, row.baseline.status, row.candidate.status),
        (Status::Skipped, Status::Skipped, Status::Measured)
    );
    assert_eq!(row.reason.as_deref(), Some("the baseline: it has no such case"));
    assert_eq!((&row.throughput_time, row.baseline.launches.len()), (&None, 0));
}

#[test]
fn an_output_that_changes_while_it_is_measured_is_no_number() {
    let (folder, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let base = filtered(&folder, "sed -u '/finished/s/\"output\":\"..../\"output\":\"0000/'");
    let output = pair(&base, out.path(), &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let row = &document(&out).cases[CASE];
    assert_eq!((row.status, row.baseline.status, &row.throughput_time), (Status::Failed, Status::Failed, &None));
    assert!(row.reason.as_deref().unwrap().contains("changed while it was measured"), "{:?}", row.reason);
}

#[test]
fn programs_that_lay_operands_otherwise_share_no_memory_and_are_measured_all_the_same() {
    let (folder, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let base = filtered(&folder, "sed -u 's/\"layout\":\"0/\"layout\":\"64/'");
    let output = pair(&base, out.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(document(&out).cases[CASE].status, Status::Measured);
}

#[test]
fn programs_that_choose_other_places_share_no_memory_and_are_measured_all_the_same() {
    let (folder, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    // As where one of them needs more room, and the other's place is none of its own.
    let base = filtered(&folder, "sed -u 's/\"place\":[0-9]*/\"place\":999/'");
    let output = pair(&base, out.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(document(&out).cases[CASE].status, Status::Measured);
}

#[test]
fn a_program_that_takes_no_shared_memory_is_measured_in_its_own() {
    let (folder, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let real = generator().display().to_string();
    // What it is told of the memory leads nowhere.
    let worker = format!("sed -u 's#\"/proc/[0-9]*/fd/#\"/nowhere/#' | {real} worker");
    let base = script(&folder, &format!("case $1 in\nworker) {worker};;\n*) exec {real} \"$@\";;\nesac"));
    let output = pair(&base, out.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(document(&out).cases[CASE].status, Status::Measured);
}

#[test]
fn a_program_that_speaks_version_1_is_paired_by_whole_launches() {
    let (folder, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    // What version 1 understood, said in version 2 and told in version 1; anything else it refused.
    let real = generator().display().to_string();
    let program = script(
        &folder,
        &format!(
            r#"if [ "$1" != worker ]; then exec {real} "$@"; fi
read -r job
case $job in
'{{"protocol":1,'*) printf '%s\n' "$job" | sed 's/"protocol":1/"protocol":2/' | {real} worker | sed -u 's/"protocol":2/"protocol":1/';;
*) echo '{{"protocol":1,"answer":{{"refused":{{"reason":"the job is of another protocol"}}}}}}'; echo '{{"protocol":1,"answer":"done"}}';;
esac"#
        ),
    );
    let output = pair(&program, out.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    let pair = document(&out);
    assert_eq!(pair.interleaved, Interleaved::Launches);
    assert_eq!((pair.baseline.git, pair.baseline.toolchain), (None, None));
    assert_eq!(pair.cases[CASE].status, Status::Measured);
}

#[test]
fn a_newer_program_is_refused_by_the_version_it_speaks() {
    let (folder, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let base = filtered(&folder, "sed -u 's/\"protocol\":2/\"protocol\":99/'");
    let output = pair(&base, out.path(), &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("base.sh") && said.contains("version 99 of the worker protocol"), "{said}");
    assert!(!out.path().join("pair.json").exists());
}

#[test]
fn a_program_that_is_none_is_refused_by_its_name() {
    let out = TempDir::new().unwrap();
    let output = pair(Path::new("/no/such/program"), out.path(), &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("looking for the program /no/such/program"), "{said}");
}

#[test]
fn a_revision_that_is_none_is_refused_by_its_name() {
    let out = TempDir::new().unwrap();
    let arguments = ["pair", "--base-ref", "no-such-revision", "--out"];
    let output = Command::new(generator()).args(arguments).arg(out.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--base-ref no-such-revision: this checkout has no such revision"), "{said}");
}

#[test]
fn a_pair_that_shall_be_that_sure_goes_on_until_it_is_or_its_time_is_up() {
    let out = TempDir::new().unwrap();
    let output = pair(&generator(), out.path(), &["--interval", "50%", "--budget", "30s"]);
    assert!(output.status.success(), "{output:?}");
    for (id, row) in &document(&out).cases {
        let interval = row.throughput_time.as_ref().and_then(|ratio| ratio.interval);
        assert!(interval.is_none_or(|[low, high]| (high / low).ln() / 2.0 <= 0.5), "{id}: {interval:?}");
        assert!((2..30).contains(&row.baseline.launches.len()), "{id}");
    }
}
