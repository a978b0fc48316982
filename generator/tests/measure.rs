//! `generator measure`, `verify`, `list` and `schema` as a person runs them.

use std::{collections::BTreeMap, fs, path::Path};

use assert_cmd::Command;
use kernels::Case;
use platforms::{IsaLevel, isa};
use predicates::{prelude::PredicateBooleanExt, str::contains};
use schema::{case::Status, file, report::Report};
use tempfile::TempDir;

fn generator() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
    command.env_remove("TIDEGAUGE_ISA").env_remove("RUST_LOG");
    command
}

/// A short run of one case, with more arguments.
fn measure(out: &Path, arguments: &[&str]) -> Command {
    let mut command = generator();
    command.args(["measure", "--profile", "nightly", "--filter", "^add_f32/scalar/n1000$", "--launches", "2", "--out"]);
    command.arg(out).args(arguments);
    command
}

fn report(out: &Path) -> Report {
    file::read(&out.join("report.json")).unwrap()
}

#[test]
fn a_run_writes_three_files_and_prints_a_table() {
    let out = TempDir::new().unwrap();
    measure(out.path(), &[]).assert().success().stdout(contains("add_f32/scalar/n1000"));
    let report = report(out.path());
    // Two were asked for, and two more come where the machine was noisy.
    assert!((2..=4).contains(&report.cases["add_f32/scalar/n1000"].launches.len()));
    assert!(fs::read_to_string(out.path().join("report.md")).unwrap().contains("| add_f32/scalar/n1000 |"));
    let system: serde_json::Value =
        serde_json::from_slice(&fs::read(out.path().join("system-info.json")).unwrap()).unwrap();
    assert_eq!(system["machine"]["cpu_id"], report.context.machine.cpu_id);
}

#[test]
fn every_number_of_a_run_is_measured_or_has_a_reason() {
    let out = TempDir::new().unwrap();
    measure(out.path(), &[]).assert().success();
    let row = &report(out.path()).cases["add_f32/scalar/n1000"];
    assert_eq!((row.status, row.accuracy), (Status::Measured, Some(1.0)));
    assert!(row.throughput.value.is_some() || row.unmeasured.contains_key("throughput.value"));
    assert!(row.latency.p95_ns.is_none() && row.unmeasured["latency.p95_ns"].contains("batches"));
    assert!(row.launches.iter().all(|launch| launch.samples > Some(0) && launch.ungated_throughput.is_some()));
}

#[test]
fn a_report_tells_of_every_setting_once_and_what_to_do_where_it_did_not_hold() {
    let out = TempDir::new().unwrap();
    measure(out.path(), &[]).assert().success();
    let settings = report(out.path()).context.settings;
    for name in [
        "aslr",
        "cpu_pin",
        "environment_size",
        "floating_point",
        "governor",
        "large_pages",
        "memory_locked",
        "priority",
        "threads",
        "transparent_huge_pages",
        "turbo",
    ] {
        assert_eq!(settings.iter().filter(|setting| setting.name == name).count(), 1, "{name}");
    }
    for setting in &settings {
        assert_eq!(setting.held, setting.remedy.is_none(), "{setting:?}");
    }
    let held = |name: &str| settings.iter().any(|setting| setting.name == name && setting.held);
    assert!(held("floating_point"), "{settings:?}");
    assert!(held("threads") || !cfg!(target_os = "linux"), "{settings:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_on_locked_memory_fails_no_case_and_is_told() {
    use std::os::unix::process::CommandExt;

    use nix::{
        libc::{PR_CAPBSET_DROP, c_ulong, prctl},
        sys::resource::{Resource, setrlimit},
    };

    /// From `linux/capability.h`.
    const CAP_IPC_LOCK: c_ulong = 14;
    /// Less than the operands take, more than the program.
    const LIMIT_BYTES: u64 = 7 << 20;

    let out = TempDir::new().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_generator"));
    command.args([
        "measure",
        "--profile",
        "nightly",
        "--filter",
        "^add_f32/scalar/n1000000$",
        "--launches",
        "2",
        "--out",
    ]);
    command.arg(out.path()).env_remove("TIDEGAUGE_ISA").stdout(std::process::Stdio::null());
    let limited = || {
        // Who has the right to lock needs no limit; an ordinary user has no such right, and may not give it up either.
        // SAFETY: it takes numbers only, and touches no memory.
        unsafe { prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0) };
        Ok(setrlimit(Resource::RLIMIT_MEMLOCK, LIMIT_BYTES, LIMIT_BYTES)?)
    };
    // SAFETY: between fork and exec it makes two system calls, which allocate nothing.
    unsafe { command.pre_exec(limited) };
    assert!(command.status().unwrap().success());
    let report = report(out.path());
    assert_eq!(report.cases["add_f32/scalar/n1000000"].status, Status::Measured);
    let locked = report.context.settings.iter().find(|setting| setting.name == "memory_locked").unwrap();
    assert!(!locked.held && locked.remedy.as_deref().unwrap().contains("RLIMIT_MEMLOCK of 7168 KiB"), "{locked:?}");
}

#[test]
fn an_injected_run_says_so_and_is_slower() {
    let (plain, slowed) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    measure(plain.path(), &[]).assert().success();
    measure(slowed.path(), &["--inject", "add_f32/scalar/n1000=2.0"]).assert().success();
    let (plain, slowed) = (report(plain.path()), report(slowed.path()));
    assert_eq!(slowed.context.injected["add_f32/scalar/n1000"].to_bits(), 2.0_f64.to_bits());
    // The fastest samples, which no neighbour disturbed: a machine that changes its clock by a half is not one to test on.
    let least = |report: &Report| report.cases["add_f32/scalar/n1000"].latency.min_ns;
    if let (Some(plain), Some(slowed)) = (least(&plain), least(&slowed)) {
        assert!(slowed / plain > 1.4, "{plain} ns, slowed {slowed} ns");
    }
}

#[test]
fn a_capped_run_is_of_no_class_and_uses_no_more_than_the_cap() {
    let out = TempDir::new().unwrap();
    measure(out.path(), &[]).env("TIDEGAUGE_ISA", "scalar").assert().success();
    let report = report(out.path());
    assert_eq!(report.context.machine.class, None);
    assert_eq!(report.context.isa_cap.map(|cap| cap.to_string()).as_deref(), Some("scalar"));
    assert!(report.dispatch.values().all(|isa| isa.name() == "scalar"));
    assert!(report.cases.keys().all(|case| case.contains("/scalar/")));
}

#[test]
fn a_case_that_takes_too_long_is_timed_out_and_the_exit_code_says_so() {
    let out = TempDir::new().unwrap();
    measure(out.path(), &["--case-limit", "0.001"]).assert().code(1);
    let row = &report(out.path()).cases["add_f32/scalar/n1000"];
    assert_eq!((row.status, row.throughput.value), (Status::TimedOut, None));
}

#[test]
fn what_matches_nothing_is_wrong_usage() {
    let out = TempDir::new().unwrap();
    let nothing = ["measure", "--filter", "no_such_kernel", "--out"];
    generator().args(nothing).arg(out.path()).assert().code(2).stderr(contains("no_such_kernel"));
    measure(out.path(), &["--inject", "no_such_case=1.3"]).assert().code(2).stderr(contains("no_such_case"));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn standard_error_that_is_full_is_no_reason_to_stop() {
    let out = TempDir::new().unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_generator"))
        .args(["measure", "--profile", "nightly", "--filter", "^add_f32/scalar/n1000$", "--launches", "2", "--out"])
        .arg(out.path())
        .stdout(std::process::Stdio::null())
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(report(out.path()).cases.len(), 1);
}

/// The highest level of each kernel among these cases.
fn highest<'a>(ids: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, IsaLevel> {
    let mut highest = BTreeMap::new();
    for id in ids {
        let case: Case = id.parse().unwrap();
        let level = highest.entry(case.kernel().id.to_owned()).or_insert(IsaLevel::Scalar);
        *level = case.isa().max(*level);
    }
    highest
}

/// Kernels that have variants for other levels than each other, in small shapes.
const SMALL: &str = "^(add|dot)_f32/.*/n100$|^smooth_activations/.*/t33c100f36$";

#[test]
fn a_report_tells_of_each_kernel_the_highest_variant_that_its_run_could_use() {
    for cap in isa::detected().iter() {
        let out = TempDir::new().unwrap();
        let mut measure = generator();
        measure.args(["measure", "--profile", "all", "--filter", SMALL, "--launches", "2", "--out"]).arg(out.path());
        measure.env("TIDEGAUGE_ISA", cap.name()).assert().success();
        let report = report(out.path());
        let mut list = generator();
        let list = list.args(["list", "--format", "json"]).env("TIDEGAUGE_ISA", cap.name());
        let list: Vec<serde_json::Value> =
            serde_json::from_slice(&list.assert().success().get_output().stdout).unwrap();
        let listed = highest(list.iter().map(|case| case["case"].as_str().unwrap()));
        assert_eq!(report.dispatch, listed, "{cap}");
        let measured = report.cases.iter().filter(|(_, row)| row.status == Status::Measured).map(|(id, _)| id.as_str());
        for (kernel, level) in highest(measured) {
            assert_eq!(report.dispatch[&kernel], level, "{cap}: {kernel}");
        }
    }
}

#[test]
fn nonsense_in_options_is_refused_with_its_name() {
    let out = TempDir::new().unwrap();
    for arguments in [
        &["--inject", "x"][..],
        &["--inject", "add_f32/scalar/n1000=0.5"],
        &["--inject", "(=2"],
        &["--case-limit", "0"],
        &["--launches", "0"],
        &["--profile", "weekly"],
        &["--filter", "("],
    ] {
        measure(out.path(), arguments).assert().code(2).stderr(contains(arguments[0].trim_start_matches('-')));
    }
    measure(out.path(), &[]).env("TIDEGAUGE_ISA", "mmx").assert().code(2).stderr(contains("TIDEGAUGE_ISA"));
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_measuring() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    measure(&file.join("out"), &[]).assert().code(2).stderr(contains("file/out").and(contains("measuring").not()));
}

#[test]
fn verify_holds_every_case_against_its_reference() {
    generator()
        .args(["verify", "--filter", "^(add|dot|gemv)_[a-z0-9]+/.*/(n1000|m4096k4096)$"])
        .assert()
        .success()
        .stdout(contains("add_f32/scalar/n1000").and(contains("agree with their reference")));
}

#[test]
fn verify_fails_where_a_worker_cannot_answer_in_time() {
    let arguments = ["verify", "--filter", "^add_f32/scalar/n1000$", "--case-limit", "0.0001", "--format", "json"];
    generator().args(arguments).assert().code(1).stdout(contains("took longer"));
}

#[test]
fn verify_leaves_out_by_name_what_has_more_operations_than_were_asked_for() {
    let arguments = ["verify", "--filter", "^add_f32/scalar/n(1000|10000)$", "--most-flops", "1000"];
    let verified = generator().args(arguments).assert().success();
    verified
        .stdout(contains("add_f32/scalar/n1000 ").and(contains("n10000").not()))
        .stderr(contains("left out: add_f32/scalar/n10000, of more than 1000 operations"));
}

#[test]
fn nothing_is_put_before_the_workers_of_a_real_cpu() {
    let mut verify = generator();
    verify.args(["verify", "--filter", "^add_f32/scalar/n1000$"]).env("TIDEGAUGE_RUNNER", "nice");
    verify.assert().code(2).stderr(contains("TIDEGAUGE_RUNNER is set, and this CPU is not emulated"));
}

#[test]
fn list_names_every_case_and_its_profiles() {
    generator()
        .args(["list", "--filter", "^dot_f32/scalar/n10000$"])
        .assert()
        .success()
        .stdout(contains("dot_f32/scalar/n10000").and(contains("nightly")));
}

#[test]
fn list_goes_on_to_a_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("list.json");
    generator().args(["list", "--format", "json", "--output"]).arg(&path).assert().success().stdout("");
    let rows: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert!(rows.as_array().unwrap().iter().any(|row| row["case"] == "dot_f32/scalar/n10000"));
}

#[test]
fn schemas_are_json_schemas() {
    for document in ["report", "baselines", "comparison"] {
        let output = generator().args(["schema", document]).assert().success().get_output().stdout.clone();
        let schema: serde_json::Value = serde_json::from_slice(&output).unwrap();
        assert!(schema["properties"]["schema_version"].is_object(), "{document}");
    }
}

#[test]
fn a_worker_refuses_a_job_of_another_protocol() {
    let job = r#"{"protocol":99,"cpu":null,"task":{"control":{"probe_floor_ns":1.0}}}"#;
    generator().arg("worker").write_stdin(job).assert().success().stdout(contains("protocol 99"));
    generator().arg("worker").write_stdin("nonsense").assert().success().stdout(contains("cannot be read"));
}

/// A run with just these arguments.
fn session(out: &Path, arguments: &[&str]) {
    generator().arg("measure").arg("--out").arg(out).args(arguments).assert().success();
}

#[test]
#[cfg(target_os = "linux")]
fn instructions_are_counted_alike_in_two_runs_and_never_made_up() {
    if std::process::Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind");
        return;
    }
    let folder = TempDir::new().unwrap();
    let counted = |name: &str| {
        let out = folder.path().join(name);
        let arguments = ["--filter", "^dot_f32/.*/n10000$", "--launches", "1", "--instructions", "valgrind"];
        session(&out, &arguments);
        report(&out)
    };
    let (one, other) = (counted("one"), counted("other"));
    let scalar = "dot_f32/scalar/n10000";
    // A multiplication and an addition an element at least; valgrind counts the same each time.
    assert!(one.cases[scalar].instructions.is_some_and(|count| count > 20_000), "{:?}", one.cases[scalar].unmeasured);
    for (id, row) in &one.cases {
        assert_eq!(row.instructions, other.cases[id].instructions, "{id}");
        assert_eq!(row.instructions.is_none(), row.unmeasured.contains_key("instructions"), "{id}");
    }
}

#[test]
fn a_session_with_a_budget_launches_each_case_as_often_as_a_spread_takes_and_then_the_widest() {
    let folder = TempDir::new().unwrap();
    let arguments = ["--profile", "smoke", "--filter", "^(add|dot)_f32/", "--budget", "6s"];
    session(folder.path(), &arguments);
    let report = report(folder.path());
    let launches: Vec<usize> = report.cases.values().map(|row| row.launches.len()).collect();
    assert!(launches.iter().all(|&launches| launches >= 3), "{launches:?}");
    assert!(launches.iter().sum::<usize>() > 3 * launches.len(), "{launches:?}");
}

#[test]
fn a_session_that_shall_reach_an_interval_ends_once_every_case_has() {
    let folder = TempDir::new().unwrap();
    let arguments = ["--profile", "smoke", "--filter", "^dot_f32/", "--interval", "100%", "--budget", "60s"];
    session(folder.path(), &arguments);
    for (id, row) in &report(folder.path()).cases {
        assert!(row.interval_percent.is_none_or(|percent| percent <= 100.0), "{id}: {:?}", row.interval_percent);
        assert!((3..20).contains(&row.launches.len()), "{id}: {}", row.launches.len());
    }
}
