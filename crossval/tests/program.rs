//! `crossval list` and `run` as a person runs them.

use std::{fs, path::Path};

use assert_cmd::{Command, cargo::cargo_bin};
use generator::environment::runner;
use predicates::{prelude::PredicateBooleanExt, str::contains};
use schema::{
    crossval::{AgreementStatus, Crossval},
    file,
};
use tempfile::TempDir;

fn crossval() -> Command {
    let program = cargo_bin!("crossval");
    // What an emulator runs can start no other program itself.
    let runner = std::env::var(runner::VARIABLE).unwrap_or_default();
    let mut words = runner.split_whitespace();
    let mut command = words.next().map_or_else(
        || Command::new(program),
        |emulator| {
            let mut command = Command::new(emulator);
            command.args(words).arg(program);
            command
        },
    );
    command.env_remove("TIDEGAUGE_ISA").env_remove("RUST_LOG");
    command
}

/// The agreement of the cases that match.
fn agreement(filter: &str, out: &Path) -> Command {
    let mut command = crossval();
    command.args(["run", "--agreement-only", "--filter", filter, "--out"]).arg(out);
    command
}

fn results(out: &Path) -> Crossval {
    file::read(&out.join("comparison-results.json")).expect("the results")
}

#[test]
fn the_list_tells_of_each_kernel_whether_it_has_a_reference_and_of_each_library_its_version() {
    let output = crossval().args(["list", "--format", "json"]).output().expect("crossval runs");
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let kernels = list["kernels"].as_array().expect("kernels");
    assert_eq!(kernels.len(), kernels::registry::KERNELS.len());
    assert!(kernels.iter().any(|kernel| kernel["kernel"] == "dot_f32" && kernel["has_reference"] == true));
    for (name, library) in list["libraries"].as_object().expect("libraries") {
        assert_ne!(library["version"].is_null(), library["reason"].is_null(), "{name}: {library}");
    }
}

#[test]
fn a_list_for_people_names_what_a_filter_leaves() {
    let listed = crossval().args(["list", "--filter", "^dot_f32/.*/n100$"]).assert().success();
    listed.stdout(contains("dot_f32").and(contains("sum_f32").not()).and(contains("n1000").not()));
}

#[test]
fn a_filter_that_nothing_matches_is_wrong_usage() {
    for arguments in [&["list"][..], &["run", "--agreement-only", "--out", "out"]] {
        let folder = TempDir::new().expect("a folder");
        let mut command = crossval();
        command.current_dir(folder.path()).args(arguments).args(["--filter", "nothing"]);
        command.assert().code(2).stderr(contains("no case matches --filter \"nothing\""));
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_wrong_usage() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    agreement("^dot_f32/", &file.join("out")).assert().code(2).stderr(contains("making the folder"));
}

#[test]
fn a_run_writes_every_case_that_it_held_against_its_reference() {
    let out = TempDir::new().expect("a folder");
    agreement("^dot_f32/scalar/", out.path()).assert().success().stdout(contains("dot_f32/scalar"));
    let results = results(out.path());
    assert!(results.agreement.len() > 8, "{:?}", results.agreement.keys());
    for (case, row) in &results.agreement {
        assert_eq!((row.status, row.outputs > 0), (AgreementStatus::Agrees, true), "{case}");
        assert!(row.largest_bound_share.is_some_and(|share| share <= 1.0), "{case}");
    }
    let inputs = &results.agreement["dot_f32/scalar/n17"].inputs;
    assert!(inputs.len() > 5 && inputs[0] == "seeded", "{inputs:?}");
    let markdown = fs::read_to_string(out.path().join("comparison-results.md")).expect("the table");
    assert!(markdown.contains("| dot_f32/scalar |"), "{markdown}");
}

#[test]
fn what_was_not_asked_for_is_not_measured_and_says_so() {
    let out = TempDir::new().expect("a folder");
    agreement("^dot_f32/scalar/n17$", out.path()).assert().success();
    let results = results(out.path());
    assert!(results.speed.is_empty() && results.limits.is_empty());
    assert_eq!(results.unmeasured.keys().collect::<Vec<_>>(), ["limits", "speed"]);
}

#[test]
fn results_are_printed_as_they_are_written() {
    let out = TempDir::new().expect("a folder");
    let output = agreement("^dot_f32/scalar/n17$", out.path()).args(["--format", "json"]).output().expect("it runs");
    let written = fs::read(out.path().join("comparison-results.json")).expect("the results");
    let printed: Crossval = serde_json::from_slice(&output.stdout).expect("the document");
    assert_eq!(printed, serde_json::from_slice(&written).expect("the document"));
}

#[test]
fn a_cap_leaves_out_what_lies_above_it() {
    let out = TempDir::new().expect("a folder");
    agreement("^dot_f32/.*/n17$", out.path()).env("TIDEGAUGE_ISA", "scalar").assert().success();
    let results = results(out.path());
    assert_eq!(results.agreement.keys().collect::<Vec<_>>(), ["dot_f32/scalar/n17"]);
    assert_eq!(results.context.machine.class, None);
}

#[test]
fn what_agrees_is_measured_beside_the_machines_limits() {
    let out = TempDir::new().expect("a folder");
    let mut run = crossval();
    run.args(["run", "--filter", "^dot_f32/scalar/n1000$", "--launches", "1", "--keep-frequency", "--out"])
        .arg(out.path());
    run.assert().success().stdout(contains("dot_f32/n1000"));
    let results = results(out.path());
    let row = &results.speed["dot_f32/n1000"];
    assert!(row.contestants.contains_key("scalar") && row.contestants.contains_key(&row.ours), "{row:?}");
    assert_eq!(row.amount, 2000);
    assert!(results.limits.contains_key("fma_peak"), "{:?}", results.limits.keys());
    assert!(results.context.probe_floor_ns.is_some() && !results.context.settings.is_empty());
}

#[test]
fn a_shape_that_is_only_verified_is_not_measured() {
    let out = TempDir::new().expect("a folder");
    let mut run = crossval();
    run.args(["run", "--filter", "^dot_f32/scalar/n17$", "--out"]).arg(out.path()).assert().success();
    let results = results(out.path());
    assert!(results.speed.is_empty() && results.unmeasured["speed"].contains("no shape of the registry"));
}
