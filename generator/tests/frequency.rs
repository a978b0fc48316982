//! The CPU's clock, in a folder that stands for the system's: set before the first launch, and put back whatever happens.

#![cfg(target_os = "linux")]

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use generator::{diagnosis::Diagnosis, environment};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use schema::{file, report::Report};
use tempfile::TempDir;

/// The CPU that a session measures on shows a governor, and the machine shows turbo.
struct Machine {
    folder: TempDir,
    governor: PathBuf,
    boost: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let cpu = environment::choose_cpu().unwrap();
        let governor = folder.path().join(format!("cpus/cpu{cpu}/cpufreq/scaling_governor"));
        let boost = folder.path().join("cpus/cpufreq/boost");
        for (file, value) in [(&governor, "powersave\n"), (&boost, "1\n")] {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, value).unwrap();
        }
        Self { folder, governor, boost }
    }

    fn values(&self) -> [String; 2] {
        [&self.governor, &self.boost].map(|file| fs::read_to_string(file).unwrap().trim().to_owned())
    }

    fn kept(&self) -> PathBuf {
        self.folder.path().join("cache/tidegauge/frequency.json")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn measure(&self, filter: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
        command
            .args(["measure", "--profile", "nightly", "--filter", filter, "--out"])
            .arg(self.out())
            .arg("--cpus")
            .arg(self.folder.path().join("cpus"))
            .args(arguments)
            .env("XDG_CACHE_HOME", self.folder.path().join("cache"))
            .env_remove("TIDEGAUGE_ISA");
        command
    }

    /// A session that ends only when it is told to, once it has set the clock and has a worker.
    fn session(&self) -> Child {
        let mut command = self.measure("^matmul_f32/scalar/", &["--budget", "100s"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let children = format!("/proc/{0}/task/{0}/children", child.id());
        let begin = Instant::now();
        while fs::read_to_string(&children).is_ok_and(|children| children.is_empty()) {
            assert!(begin.elapsed() < Duration::from_secs(20), "no worker came");
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.values(), HELD, "before the first launch");
        child
    }
}

const BEFORE: [&str; 2] = ["powersave", "1"];
const HELD: [&str; 2] = ["performance", "0"];
const SHORT: &str = "^add_f32/scalar/n1000$";

#[test]
fn a_session_holds_the_clock_and_its_report_says_so() {
    let machine = Machine::new();
    let output = machine.measure(SHORT, &["--launches", "2"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(machine.values(), BEFORE);
    assert!(!machine.kept().exists());
    let report: Report = file::read(&machine.out().join("report.json")).unwrap();
    for (name, requested) in [("governor", "performance, then powersave again"), ("turbo", "off, then on again")] {
        let told: Vec<_> = report.context.settings.iter().filter(|setting| setting.name == name).collect();
        assert!(matches!(told[..], [setting] if setting.held && setting.requested.starts_with(requested)), "{told:?}");
    }
}

#[test]
fn an_interrupted_session_puts_the_clock_back() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let machine = Machine::new();
        let mut session = machine.session();
        kill(Pid::from_raw(session.id().cast_signed()), signal).unwrap();
        assert_eq!(session.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(machine.values(), BEFORE, "{signal}");
        assert!(!machine.kept().exists());
    }
}

#[test]
fn the_run_after_a_killed_session_puts_the_clock_back_and_says_so() {
    let machine = Machine::new();
    let mut session = machine.session();
    session.kill().unwrap();
    session.wait().unwrap();
    assert_eq!(machine.values(), HELD, "nobody could put it back");
    let output = machine.measure(SHORT, &["--launches", "2", "--keep-frequency"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.matches("a session that was killed had changed").count(), 2, "{told}");
    assert_eq!(machine.values(), BEFORE);
    assert!(!machine.kept().exists());
}

#[test]
fn doctor_shows_the_clock_as_a_session_holds_it_and_puts_it_back() {
    let machine = Machine::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
    command.args(["doctor", "--format", "json", "--cpus"]).arg(machine.folder.path().join("cpus"));
    let output = command.env("XDG_CACHE_HOME", machine.folder.path().join("cache")).output().unwrap();
    let diagnosis: Diagnosis = serde_json::from_slice(&output.stdout).unwrap();
    let governor = diagnosis.settings.iter().find(|setting| setting.name == "governor").unwrap();
    assert!(governor.held && governor.requested.contains("powersave again"), "{governor:?}");
    assert_eq!(machine.values(), BEFORE);
    assert!(!machine.kept().exists());
}

#[test]
fn a_session_that_fails_puts_the_clock_back() {
    let machine = Machine::new();
    let output = machine.measure("no_such_kernel", &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(machine.values(), BEFORE);
    assert!(!machine.kept().exists());
}

#[test]
fn a_session_beside_another_leaves_the_clock_to_it() {
    let machine = Machine::new();
    let mut first = machine.session();
    let output = machine.measure(SHORT, &["--launches", "2"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let report: Report = file::read(&machine.out().join("report.json")).unwrap();
    let governor = report.context.settings.iter().find(|setting| setting.name == "governor").unwrap();
    assert!(!governor.held && governor.remedy.as_deref().unwrap().contains("another session"), "{governor:?}");
    assert_eq!(machine.values(), HELD, "the first one still runs");
    kill(Pid::from_raw(first.id().cast_signed()), Signal::SIGINT).unwrap();
    first.wait().unwrap();
    assert_eq!(machine.values(), BEFORE);
}

#[test]
fn a_clock_that_shall_be_kept_is_not_touched() {
    let machine = Machine::new();
    let watched = fs::metadata(&machine.governor).unwrap().modified().unwrap();
    assert!(machine.measure(SHORT, &["--launches", "2", "--keep-frequency"]).output().unwrap().status.success());
    assert_eq!(machine.values(), BEFORE);
    assert_eq!(fs::metadata(&machine.governor).unwrap().modified().unwrap(), watched);
    assert!(!machine.kept().exists());
}
