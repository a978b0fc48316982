//! Ctrl-C, and a generator that is killed: no half-written file, no orphan.

#![cfg(target_os = "linux")]

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

/// A long run, once it has a worker.
fn running(out: &Path) -> (Child, Pid) {
    let child = Command::new(env!("CARGO_BIN_EXE_generator"))
        .args(["measure", "--profile", "nightly", "--filter", "^matmul_f32/scalar/", "--out"])
        .arg(out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let worker = wait_for(|| worker_of(&child));
    (child, worker)
}

/// The worker of a generator: its only child process.
fn worker_of(child: &Child) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).ok()?;
    children.split_whitespace().next()?.parse().ok().map(Pid::from_raw)
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "it did not come");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process still runs: neither gone nor a zombie.
fn runs(pid: Pid) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn an_interrupt_ends_with_130_and_leaves_no_file_and_no_worker() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let out = TempDir::new().unwrap();
        let (mut child, worker) = running(out.path());
        kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
        wait_for(|| (!runs(worker)).then_some(()));
    }
}

#[test]
fn the_worker_of_a_killed_generator_dies_with_it() {
    let out = TempDir::new().unwrap();
    let (mut child, worker) = running(out.path());
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for(|| (!runs(worker)).then_some(()));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}
