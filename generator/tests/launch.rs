//! Launches: whatever a worker does, the generator learns what became of it and goes on.

#![cfg(unix)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use generator::{
    instructions::Counter,
    launch::{Launch, LaunchError, Launcher},
    protocol::{Answer, PROTOCOL, Task},
    session::{self, Progress, Request, Until},
};
use kernels::kernel::Profile;
use platforms::{PlatformKey, isa};
use regex::Regex;
use schema::{case::Status, report::Report};
use tempfile::TempDir;

/// A launcher of a worker that is this shell script.
fn launcher(folder: &TempDir, script: &str) -> Launcher {
    let program: PathBuf = folder.path().join("worker.sh");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let variables = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
    let runner = Vec::new();
    Launcher {
        program,
        runner,
        protocol: PROTOCOL,
        variables,
        cpu: None,
        interrupted: Arc::new(AtomicBool::new(false)),
    }
}

fn launch(script: &str) -> Launch {
    let folder = TempDir::new().unwrap();
    launcher(&folder, script).launch(Task::Control { probe_floor_ns: 1.0 }, Duration::from_secs(5))
}

const DONE: &str = r#"{"protocol":2,"answer":"done"}"#;

#[test]
fn a_worker_that_ends_well_gives_its_answers() {
    let launch = launch(&format!(
        r#"read job; echo '{{"protocol":2,"answer":{{"controlled":{{"alu_step_ns":0.5}}}}}}'; echo '{DONE}'"#
    ));
    assert_eq!(launch.end, Ok(()));
    assert_eq!(launch.answers, [Answer::Controlled { alu_step_ns: Some(0.5), others_step_ns: BTreeMap::new() }]);
}

#[test]
fn a_killed_worker_is_told_by_its_signal() {
    let launch = launch("read job; kill -KILL $$");
    let Err(LaunchError::Died { how, .. }) = launch.end else { panic!("{launch:?}") };
    assert_eq!(how, "signal 9 (SIGKILL)");
}

#[test]
fn a_worker_that_dies_before_its_job_is_no_success() {
    let launch = launch("exit 3");
    let Err(LaunchError::Died { how, .. }) = launch.end else { panic!("{launch:?}") };
    assert_eq!(how, "exit code 3");
}

#[test]
fn a_dead_workers_last_words_are_kept() {
    let launch = launch("read job; echo first >&2; echo 'out of luck' >&2; exit 1");
    assert!(launch.end.unwrap_err().to_string().ends_with("last words: out of luck"));
}

#[test]
fn answers_before_a_death_are_kept_apart_from_it() {
    let launch = launch(r#"read job; echo '{"protocol":2,"answer":{"controlled":{"alu_step_ns":0.5}}}'; exit 0"#);
    assert_eq!(launch.answers.len(), 1);
    assert!(matches!(launch.end, Err(LaunchError::Died { .. })), "an end without `done` is a death");
}

#[test]
fn a_stuck_worker_is_stopped_at_its_limit() {
    let folder = TempDir::new().unwrap();
    let begin = Instant::now();
    let limit = Duration::from_millis(300);
    let launch = launcher(&folder, "exec sleep 100").launch(Task::Control { probe_floor_ns: 1.0 }, limit);
    assert_eq!(launch.end, Err(LaunchError::TimedOut { limit }));
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn nonsense_is_no_answer() {
    assert!(matches!(launch("read job; echo nonsense").end, Err(LaunchError::Garbled(_))));
    assert!(matches!(launch("read job; printf '\\377\\376\\n'").end, Err(LaunchError::Garbled(_))));
}

#[test]
fn another_protocol_is_refused() {
    let launch = launch(r#"read job; echo '{"protocol":9,"answer":"done"}'"#);
    assert_eq!(launch.end, Err(LaunchError::OtherProtocol { speaks: 9, spoken: PROTOCOL }));
}

#[test]
fn a_program_that_is_not_there_is_no_worker() {
    let folder = TempDir::new().unwrap();
    let launcher = Launcher { program: folder.path().join("nothing"), ..launcher(&folder, "") };
    let launch = launcher.launch(Task::Control { probe_floor_ns: 1.0 }, Duration::from_secs(5));
    assert!(matches!(launch.end, Err(LaunchError::NotStarted(_))), "{launch:?}");
}

#[test]
fn an_interrupt_ends_the_wait() {
    let folder = TempDir::new().unwrap();
    let launcher = launcher(&folder, "exec sleep 100");
    launcher.interrupted.store(true, std::sync::atomic::Ordering::Relaxed);
    let launch = launcher.launch(Task::Control { probe_floor_ns: 1.0 }, Duration::from_secs(50));
    assert_eq!(launch.end, Err(LaunchError::Interrupted));
}

/// Nobody watches.
struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: &str, _: usize) {}
    fn step(&mut self, _: &str) {}
    fn end(&mut self) {}
}

/// A session of two cases whose workers are the real ones, but for jobs that match: those meet `fate`.
fn session_in_which(matches: &str, fate: &str) -> Report {
    let folder = TempDir::new().unwrap();
    let script = format!(
        "read -r job\ncase \"$job\" in\n{matches}) {fate};;\n*) printf '%s\\n' \"$job\" | exec {} worker;;\nesac",
        env!("CARGO_BIN_EXE_generator"),
    );
    let request = Request {
        platform: PlatformKey::of_this_build().unwrap(),
        profile: Some(Profile::Nightly),
        filter: Some(Regex::new("^(add|dot)_f32/scalar/n1000$").unwrap()),
        until: Until::Launches(Some(2)),
        case_limit: Duration::from_secs(3),
        seed: 42,
        slowdowns: Vec::new(),
        counter: Counter::Off,
    };
    session::run(&request, isa::detected(), None, &launcher(&folder, &script), &mut Silent).unwrap()
}

#[test]
fn a_case_whose_worker_is_killed_fails_and_the_run_goes_on() {
    let report = session_in_which("*measure*dot_f32*", "kill -KILL $$");
    let (dot, add) = (&report.cases["dot_f32/scalar/n1000"], &report.cases["add_f32/scalar/n1000"]);
    assert_eq!(dot.status, Status::Failed);
    assert_eq!(dot.reason.as_deref(), Some("its process died: signal 9 (SIGKILL)"));
    assert_eq!((dot.throughput.value, dot.latency.p50_ns, dot.launches.len()), (None, None, 0));
    assert!(add.status == Status::Measured && add.launches.len() >= 2);
}

#[test]
fn a_case_that_is_stuck_is_timed_out_and_the_run_goes_on() {
    let report = session_in_which("*measure*dot_f32*", "exec sleep 100");
    assert_eq!(report.cases["dot_f32/scalar/n1000"].status, Status::TimedOut);
    assert_eq!(report.cases["add_f32/scalar/n1000"].status, Status::Measured);
}

#[test]
fn a_case_that_disagrees_with_its_reference_is_never_timed() {
    let verified = r#"{"protocol":2,"answer":{"verified":{"case":"dot_f32/scalar/n1000","accuracy":0.0,
        "disagreement":"output 0 is 1e0, expected 2e0","checksums":{"operands":"0","output":"0"}}}}"#
        .replace('\n', "");
    let report = session_in_which("*verify*dot_f32*", &format!("echo '{verified}'; echo '{DONE}'"));
    let dot = &report.cases["dot_f32/scalar/n1000"];
    assert_eq!((dot.status, dot.launches.len(), dot.accuracy), (Status::Failed, 0, Some(0.0)));
    assert!(dot.reason.as_deref().unwrap().contains("output 0 is 1e0, expected 2e0"));
}

#[test]
fn an_output_that_changes_between_processes_is_no_number() {
    let report = session_in_which(
        "*verify*dot_f32*",
        &format!(
            "printf '%s\\n' \"$job\" | {} worker | sed 's/\"output\":\"..../\"output\":\"0000/'",
            env!("CARGO_BIN_EXE_generator")
        ),
    );
    let dot = &report.cases["dot_f32/scalar/n1000"];
    assert_eq!((dot.status, dot.throughput.value), (Status::Failed, None));
    assert!(dot.reason.as_deref().unwrap().contains("the output changed"), "{:?}", dot.reason);
}
