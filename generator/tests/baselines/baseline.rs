//! `generator baseline`: what enters the file, what is refused, and what is left of the file before.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use platforms::PlatformKey;
use predicates::{prelude::PredicateBooleanExt, str::contains};
use schema::{
    baselines::Baselines,
    case::{CaseRow, Status, Work},
    context::Git,
    file,
    report::Report,
};

use crate::bench::{Bench, CASE, CLASS, an_hour_later, generator, of_other_code, other_platform, report};

#[test]
fn the_first_session_makes_the_file() {
    let bench = Bench::new();
    bench.baseline(&report(|_| {}), &[]).assert().success().stderr(contains("first session"));
    assert_eq!(bench.sessions(), 1);
    assert!(bench.archives().is_empty());
}

#[test]
fn the_same_program_adds_a_session() {
    let bench = Bench::new();
    bench.baseline(&report(|_| {}), &[]).assert().success();
    bench.baseline(&report(an_hour_later), &[]).assert().success().stderr(contains("added session 2"));
    assert_eq!(bench.sessions(), 2);
    assert!(bench.archives().is_empty());
}

#[test]
fn the_same_session_twice_is_one() {
    let bench = Bench::new();
    bench.baseline(&report(|_| {}), &[]).assert().success();
    bench.baseline(&report(|_| {}), &[]).assert().success().stderr(contains("already"));
    assert_eq!(bench.sessions(), 1);
}

#[test]
fn another_program_replaces_the_sessions_and_archives_them() {
    let bench = Bench::new();
    bench.baseline(&report(|_| {}), &[]).assert().success();
    let other = report(|report| {
        an_hour_later(report);
        of_other_code(report);
    });
    bench.baseline(&other, &[]).assert().success().stderr(contains("archived"));
    assert_eq!(bench.sessions(), 1);
    let archives = bench.archives();
    assert_eq!(archives.len(), 1, "{archives:?}");
    let name = archives[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.contains(CLASS) && name.ends_with(".c0ffeec0ffee.json"), "{name}");
    let replaced: Baselines = file::read(&archives[0]).unwrap();
    let platform = PlatformKey::of_this_build().unwrap();
    assert_eq!(replaced.of_class(platform, CLASS).unwrap().sessions[0].created, report(|_| {}).created);
}

#[test]
fn other_classes_and_thresholds_stay_as_they_are() {
    let bench = Bench::new();
    let elsewhere = report(|report| report.context.machine.class = Some("testbench.2".to_owned()));
    bench.baseline(&elsewhere, &[]).assert().success();
    let mut edited = bench.baselines();
    edited.thresholds.critical.latency_increase_percent = 33.0;
    file::write(&bench.file(), &edited).unwrap();
    bench.baseline(&report(|_| {}), &[]).assert().success();
    let baselines = bench.baselines();
    assert_eq!(baselines.thresholds, edited.thresholds);
    assert_eq!(baselines.baselines[&PlatformKey::of_this_build().unwrap()].len(), 2);
}

/// Gives the report and expects a refusal that says `why` and leaves the file as it was.
#[track_caller]
fn refused(change: impl FnOnce(&mut Report), why: &str) {
    let bench = Bench::new();
    bench.baseline(&report(|_| {}), &[]).assert().success();
    let before = fs::read(bench.file()).unwrap();
    bench.baseline(&report(change), &[]).assert().code(2).stderr(contains(why));
    assert_eq!(fs::read(bench.file()).unwrap(), before);
    assert!(bench.archives().is_empty());
}

#[test]
fn an_emulated_run_is_no_baseline() {
    refused(|report| report.context.machine.emulated = true, "emulated");
}

#[test]
fn an_injected_run_is_no_baseline() {
    refused(|report| report.context.injected = BTreeMap::from([(CASE.to_owned(), 1.3)]), "on purpose");
}

#[test]
fn a_capped_run_is_no_baseline() {
    refused(|report| report.context.machine.class = None, "TIDEGAUGE_ISA");
    refused(|report| report.context.isa_cap = Some(platforms::IsaLevel::Scalar), "TIDEGAUGE_ISA");
}

/// A report of this platform and one of another, in one command.
fn of_two_platforms(bench: &Bench, arguments: &[&str]) -> Command {
    let other = bench.0.path().join("other.json");
    file::write(&other, &report(|report| report.platform = other_platform())).unwrap();
    bench.baseline(&report(|_| {}), &[&["--report", other.to_str().unwrap()], arguments].concat())
}

#[test]
fn a_report_enters_the_section_of_its_own_platform() {
    let bench = Bench::new();
    of_two_platforms(&bench, &[]).assert().success();
    let sections = bench.baselines().baselines;
    let sessions = |platform: PlatformKey| sections[&platform][CLASS].sessions.len();
    assert_eq!((sections.len(), bench.sessions(), sessions(other_platform())), (2, 1, 1));
}

#[test]
fn one_platform_that_is_asked_for_lets_no_report_of_another_in() {
    let bench = Bench::new();
    let here = PlatformKey::of_this_build().unwrap();
    let refused = of_two_platforms(&bench, &["--platform", here.as_str()]).assert().code(2);
    refused.stderr(contains(format!("--platform {here}")).and(contains("other.json is of")));
    assert!(!bench.file().exists(), "nothing enters where one is refused");
}

#[test]
fn the_sections_of_other_platforms_stay_when_one_is_replaced() {
    let bench = Bench::new();
    of_two_platforms(&bench, &[]).assert().success();
    let replaced = report(|report| {
        report.platform = other_platform();
        an_hour_later(report);
        of_other_code(report);
    });
    bench.baseline(&replaced, &[]).assert().success().stderr(contains("replaced the sessions"));
    assert_eq!((bench.sessions(), bench.archives().len()), (1, 1));
    let kept = &bench.baselines().baselines[&other_platform()][CLASS].sessions;
    assert_eq!(kept.iter().map(|session| session.created).collect::<Vec<_>>(), [replaced.created]);
}

#[test]
fn a_run_without_a_number_is_no_baseline() {
    refused(
        |report| {
            let row = CaseRow::without_numbers(Status::Failed, "its process died");
            report.cases.insert(CASE.to_owned(), row);
        },
        "not one of its cases",
    );
}

fn incomplete(report: &mut Report) {
    let row = CaseRow::without_numbers(Status::TimedOut, "it took longer than 60 s");
    report.cases.insert("sum_f32/scalar/n1000".to_owned(), row);
}

fn dirty(report: &mut Report) {
    report.context.git = Some(Git { commit: "c0ffee".repeat(6), branch: None, dirty: true });
}

#[test]
fn a_dirty_or_incomplete_run_is_a_baseline_only_by_name() {
    refused(incomplete, "--allow-incomplete");
    refused(dirty, "--allow-dirty");
    let bench = Bench::new();
    bench.baseline(&report(incomplete), &["--allow-incomplete"]).assert().code(1);
    assert_eq!(bench.sessions(), 1, "a failed case makes exit code 1, and the others are kept");
    let bench = Bench::new();
    bench.baseline(&report(dirty), &["--allow-dirty"]).assert().success();
    assert_eq!(bench.sessions(), 1);
}

#[test]
fn an_imported_case_is_complete_with_one_of_its_two_numbers() {
    let without_throughput = |work| {
        move |report: &mut Report| {
            let row = report.cases.get_mut(CASE).unwrap();
            row.work = work;
            row.throughput.value = None;
            row.unmeasured.insert("throughput.value".to_owned(), "its source does not tell".to_owned());
        }
    };
    let bench = Bench::new();
    bench.baseline(&report(without_throughput(None)), &[]).assert().success();
    assert_eq!(bench.sessions(), 1);
    let ours = Work { flops: 2_000, bytes: 8_000, elements: 1_000, tokens: None };
    refused(without_throughput(Some(ours)), "--allow-incomplete");
}

#[test]
fn one_refused_report_of_several_keeps_all_out() {
    let bench = Bench::new();
    let second = bench.0.path().join("second.json");
    file::write(&second, &report(dirty)).unwrap();
    bench.baseline(&report(|_| {}), &["--report", second.to_str().unwrap()]).assert().code(2);
    assert!(!bench.file().exists());
}

#[test]
fn a_broken_baselines_file_is_found_before_measuring_and_kept() {
    let bench = Bench::new();
    fs::write(bench.file(), "{ \"schema_version\": 1, ").unwrap();
    let arguments = ["baseline", "--allow-dirty", "--baselines"];
    let assert = generator().args(arguments).arg(bench.file()).timeout(std::time::Duration::from_secs(5)).assert();
    assert.code(2).stderr(contains("baselines.json"));
    assert_eq!(fs::read_to_string(bench.file()).unwrap(), "{ \"schema_version\": 1, ");
}

#[test]
fn a_folder_that_is_not_there_and_a_cap_are_found_before_measuring() {
    let bench = Bench::new();
    let baseline = |path: &Path| {
        let mut command = generator();
        command.args(["baseline", "--allow-dirty", "--baselines"]).arg(path);
        command.timeout(std::time::Duration::from_secs(5));
        command
    };
    let nowhere = bench.0.path().join("nowhere").join("baselines.json");
    baseline(&nowhere).assert().code(2).stderr(contains("nowhere"));
    baseline(&bench.file()).env("TIDEGAUGE_ISA", "scalar").assert().code(2).stderr(contains("TIDEGAUGE_ISA"));
}

#[test]
fn outside_of_a_checkout_it_asks_for_a_file_to_keep_the_baseline_in() {
    let elsewhere = tempfile::TempDir::new().expect("a folder");
    let mut command = generator();
    command.current_dir(&elsewhere).args(["baseline", "--profile", "smoke"]).assert().code(2).stderr(contains(
        "platforms/baselines.json: there is no folder platforms here; name the file that shall keep the baseline in --baselines",
    ));
}

#[test]
fn a_filter_is_for_a_baseline_only_by_name() {
    let bench = Bench::new();
    let arguments = ["baseline", "--allow-dirty", "--filter", "add", "--baselines"];
    generator().args(arguments).arg(bench.file()).assert().code(2).stderr(contains("--allow-incomplete"));
}

/// Runs `baseline` under a limit on file size, as a full disk would end it.
#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_half_way_leaves_the_file_before() {
    let bench = Bench::new();
    bench.baseline(&report(|_| {}), &[]).assert().success();
    let before = fs::read(bench.file()).unwrap();
    let path = bench.0.path().join("second.json");
    file::write(&path, &report(an_hour_later)).unwrap();
    // One block of 512 bytes; the signal that would end the process is ignored, so that the write fails instead.
    let script = format!(
        "trap '' XFSZ; ulimit -f 1; exec {} baseline --report {} --baselines {}",
        env!("CARGO_BIN_EXE_generator"),
        path.display(),
        bench.file().display()
    );
    Command::new("sh").args(["-c", &script]).assert().code(2).stderr(contains("baselines.json"));
    assert_eq!(fs::read(bench.file()).unwrap(), before);
    let left = fs::read_dir(bench.0.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".partial"));
    assert_eq!(left.count(), 0);
}

/// Kills `baseline` after more and more time, so that it dies at every stage of its work.
#[cfg(unix)]
#[test]
fn a_killed_baseline_leaves_the_file_before_or_the_file_after() {
    let bench = Bench::new();
    bench.baseline(&report(|_| {}), &[]).assert().success();
    let before = fs::read(bench.file()).unwrap();
    let path = bench.0.path().join("second.json");
    file::write(&path, &report(an_hour_later)).unwrap();
    let mut survived = 0;
    for step in 0..60 {
        fs::write(bench.file(), &before).unwrap();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_generator"))
            .args(["baseline", "--report"])
            .arg(&path)
            .arg("--baselines")
            .arg(bench.file())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_micros(250 * step));
        child.kill().unwrap();
        child.wait().unwrap();
        match bench.sessions() {
            1 => assert_eq!(fs::read(bench.file()).unwrap(), before),
            sessions => {
                assert_eq!(sessions, 2);
                survived += 1;
            }
        }
    }
    assert!(survived < 60, "not one was killed in time");
}

#[test]
fn the_program_of_a_baseline_is_kept_by_its_hash_and_can_be_paired() {
    let bench = Bench::new();
    let programs = bench.0.path().join("programs");
    let measure = || {
        let mut command = generator();
        command.args(["baseline", "--allow-dirty", "--allow-incomplete", "--profile", "smoke", "--launches", "2"]);
        command.args(["--filter", "^add_f32/scalar/|^dot_f32/scalar/", "--baselines"]).arg(bench.file());
        command.arg("--keep-program").arg(&programs).assert().success();
    };
    measure();
    measure();
    let kept: Vec<PathBuf> = fs::read_dir(&programs).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [kept] = &kept[..] else { panic!("{kept:?}") };
    let baselines = bench.baselines();
    let session = &baselines.baselines.values().next().unwrap().values().next().unwrap().sessions[0];
    let name = format!("generator-{}", session.context.program_sha256.as_deref().unwrap());
    assert_eq!(kept.file_name().unwrap().to_str(), Some(name.as_str()));
    Command::new(kept).arg("--version").assert().success();
}
