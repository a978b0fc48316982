//! Reports to make baselines of, and a folder to keep them in.

use std::{collections::BTreeMap, fs, path::PathBuf};

use assert_cmd::Command;
use jiff::SignedDuration;
use platforms::PlatformKey;
use schema::{
    baselines::Baselines,
    case::{CaseRow, Latency, Launch, Status, Throughput, ThroughputUnit},
    context::{Context, Git, Machine},
    file,
    report::Report,
};
use tempfile::TempDir;

pub(crate) const CLASS: &str = "testbench.1";
pub(crate) const CASE: &str = "dot_f32/scalar/n1000";

/// A report of this platform, changed.
pub(crate) fn report(change: impl FnOnce(&mut Report)) -> Report {
    let launch = Launch {
        throughput: Some(1e9),
        latency_p50_ns: Some(2_000.0),
        samples: Some(60),
        accepted_share: Some(0.9),
        ungated_throughput: Some(0.9e9),
        ungated_p50_ns: Some(2_100.0),
        iterations_per_sample: Some(16),
        peak_memory_bytes: Some(1 << 20),
        cpu_percent: Some(99.0),
        stolen_ns: Some(0),
        switches: Some(0),
    };
    let mut row = CaseRow {
        status: Status::Measured,
        reason: None,
        throughput: Throughput { value: Some(1e9), unit: Some(ThroughputUnit::FlopsPerSecond) },
        latency: Latency { p50_ns: Some(2_000.0), ..Latency::default() },
        launches: vec![launch.clone(), launch],
        ..CaseRow::without_numbers(Status::Measured, "")
    };
    row.explain_nulls(&BTreeMap::new(), "a test does not need it");
    let machine = Machine {
        cpu_model: "Test".to_owned(),
        cpu_id: "Test-1".to_owned(),
        isa_levels: Vec::new(),
        logical_cpus: Some(2),
        memory_bytes: None,
        caches_bytes: BTreeMap::new(),
        os: "Test".to_owned(),
        kernel: "1".to_owned(),
        virtualized: None,
        emulated: false,
        class: Some(CLASS.to_owned()),
    };
    let context = Context {
        git: Some(Git { commit: "c0ffee".repeat(6), branch: None, dirty: false }),
        machine,
        program_sha256: Some("ab".repeat(32)),
        toolchain: None,
        settings: Vec::new(),
        environment: BTreeMap::new(),
        clock_precision_ns: None,
        probe_floor_ns: None,
        seed: Some(42),
        injected: BTreeMap::new(),
        isa_cap: None,
    };
    let mut report = Report {
        schema_version: 1,
        platform: PlatformKey::of_this_build().unwrap(),
        created: "2026-01-31T04:00:00Z".parse().unwrap(),
        profile: "quick".to_owned(),
        context,
        controls: BTreeMap::new(),
        dispatch: BTreeMap::new(),
        cases: BTreeMap::from([(CASE.to_owned(), row)]),
    };
    change(&mut report);
    report
}

/// A folder with a baselines file, to which reports are given.
pub(crate) struct Bench(pub(crate) TempDir);

impl Bench {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.path().join("baselines.json")
    }

    pub(crate) fn baselines(&self) -> Baselines {
        file::read(&self.file()).unwrap()
    }

    pub(crate) fn baseline(&self, report: &Report, arguments: &[&str]) -> Command {
        let path = self.0.path().join("report.json");
        file::write(&path, report).unwrap();
        let mut command = generator();
        command.args(["baseline", "--report"]).arg(path).arg("--baselines").arg(self.file()).args(arguments);
        command
    }

    pub(crate) fn sessions(&self) -> usize {
        let baselines = self.baselines();
        let platform = PlatformKey::of_this_build().unwrap();
        baselines.of_class(platform, CLASS).map_or(0, |section| section.sessions.len())
    }

    pub(crate) fn archives(&self) -> Vec<PathBuf> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        names
            .filter(|path| {
                path.file_name().unwrap().to_string_lossy().starts_with("baselines.l")
                    || path.file_name().unwrap().to_string_lossy().starts_with("baselines.m")
            })
            .collect()
    }
}

pub(crate) fn generator() -> Command {
    Command::new(env!("CARGO_BIN_EXE_generator"))
}

pub(crate) fn an_hour_later(report: &mut Report) {
    report.created += SignedDuration::from_hours(1);
}

/// Sessions of this program measured other code than those of another.
pub(crate) fn of_other_code(report: &mut Report) {
    report.context.git = Some(Git { commit: "f00d".repeat(10), branch: None, dirty: false });
    report.context.program_sha256 = Some("cd".repeat(32));
}

/// A platform of the list that this host is not.
pub(crate) fn other_platform() -> PlatformKey {
    let here = PlatformKey::of_this_build();
    let mut keys = platforms::platform::list().iter().map(|platform| platform.key.parse().unwrap());
    keys.find(|key| Some(*key) != here).unwrap()
}
