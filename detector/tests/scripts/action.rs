//! `scripts/detect.sh`: what the action does in another repository, with the real detector.

use std::{fmt::Write, process::Command};

use super::place::{Place, ended, root};

/// What `go test -bench` printed of six runs of some `nanoseconds`.
fn results(nanoseconds: f64) -> String {
    let mut text = "goos: linux\ngoarch: amd64\ncpu: one\n".to_owned();
    for share in [1.0, 1.004, 0.997, 1.002, 0.999, 1.001] {
        writeln!(text, "BenchmarkSum-2 100000 {:.3} ns/op", nanoseconds * share).expect("text takes text");
    }
    text
}

/// A repository with an earlier result and one of tonight.
fn repository(tonight: f64) -> Place {
    let place = Place::new();
    place.write("work/expected.txt", &results(100.0));
    place.write("work/tonight.txt", &results(tonight));
    place
}

fn detect(place: &Place, inputs: &[(&str, &str)]) -> Command {
    let mut command = place.command("bash");
    command.arg(root().join("scripts/detect.sh")).current_dir(place.path("work"));
    command.env("INPUT_DETECTOR", place.detector()).env("GITHUB_OUTPUT", place.path("outputs"));
    command.env("GITHUB_STEP_SUMMARY", place.path("summary")).env("GITHUB_ACTIONS", "true");
    command.envs(inputs.iter().map(|(name, value)| (format!("INPUT_{name}"), value)));
    command
}

const GO: [(&str, &str); 3] = [("REPORT", "tonight.txt"), ("FROM", "go"), ("BASELINE", "expected.txt")];

#[test]
fn a_regression_fails_with_an_annotation_and_a_summary() {
    let place = repository(150.0);
    let (stdout, _) = ended(&mut detect(&place, &GO), 1);
    assert!(stdout.contains("::error") && stdout.contains("BenchmarkSum-2"), "{stdout}");
    assert!(place.read("summary").contains("BenchmarkSum-2"));
    assert_eq!(place.read("outputs"), "comparison=tidegauge/comparison.json\nexit-code=1\n");
}

#[test]
fn where_nothing_changed_it_passes() {
    let place = repository(100.1);
    let (stdout, _) = ended(&mut detect(&place, &GO), 0);
    assert!(!stdout.contains("::error"), "{stdout}");
    assert_eq!(place.read("outputs"), "comparison=tidegauge/comparison.json\nexit-code=0\n");
}

#[test]
fn told_never_to_fail_it_passes_with_the_verdict_in_its_summary() {
    let place = repository(150.0);
    ended(detect(&place, &GO).env("INPUT_FAIL_ON", "never"), 0);
    assert!(place.read("summary").contains("critical"));
}

/// A repository whose baseline is another machine's.
fn elsewhere() -> Place {
    let place = repository(100.0);
    place.write("work/expected.txt", &results(100.0).replace("cpu: one", "cpu: another"));
    place
}

#[test]
fn on_another_machine_it_fails_and_says_what_to_do() {
    let (_, stderr) = ended(&mut detect(&elsewhere(), &GO), 4);
    assert!(stderr.contains("::error::it cannot be told whether") && stderr.contains("cannot-tell: warn"), "{stderr}");
}

#[test]
fn told_only_to_warn_it_passes_where_it_cannot_tell() {
    let place = elsewhere();
    let (stdout, _) = ended(detect(&place, &GO).env("INPUT_CANNOT_TELL", "warn"), 0);
    assert!(stdout.contains("::warning::it cannot be told whether"), "{stdout}");
    assert!(place.read("outputs").ends_with("exit-code=4\n"));
}

#[test]
fn told_only_to_warn_it_fails_on_a_regression_all_the_same() {
    ended(detect(&repository(150.0), &GO).env("INPUT_CANNOT_TELL", "warn"), 1);
    ended(detect(&repository(100.0), &GO).env("INPUT_CANNOT_TELL", "never"), 2);
}

#[test]
fn a_first_run_is_told_how_to_get_a_baseline() {
    let (_, stderr) = ended(detect(&repository(100.0), &GO).env("INPUT_BASELINE", "none.txt"), 2);
    assert!(
        stderr.contains("::error::there is no none.txt to judge beside; keep the result of a good run"),
        "{stderr}"
    );
}

#[test]
fn files_a_line_each_are_launches_of_the_same_cases() {
    let place = repository(150.0);
    place.write("work/more.txt", &results(151.0));
    ended(detect(&place, &GO).env("INPUT_REPORT", "tonight.txt\r\n\nmore.txt\n"), 1);
    let report = place.read("work/tidegauge/report.json");
    assert_eq!(report.matches("\"latency_p50_ns\"").count(), 12, "{report}");
}

#[test]
fn a_file_named_like_an_option_is_a_file() {
    let place = repository(150.0);
    place.write("work/--help", &results(100.0));
    ended(detect(&place, &GO).env("INPUT_REPORT", "--help"), 0);
}

#[test]
fn without_a_report_it_says_what_is_missing() {
    let (_, stderr) = ended(&mut detect(&repository(100.0), &[("BASELINE", "expected.txt")]), 2);
    assert!(stderr.contains("::error::the input report is empty"), "{stderr}");
}

#[test]
fn two_kinds_of_baseline_are_one_too_many() {
    let (_, stderr) = ended(detect(&repository(100.0), &GO).env("INPUT_BASELINES", "baselines.json"), 2);
    assert!(stderr.contains("exclude each other"), "{stderr}");
}

#[test]
fn a_result_that_cannot_be_read_is_no_verdict() {
    let place = repository(100.0);
    place.write("work/tonight.txt", "nothing\n");
    ended(&mut detect(&place, &GO), 2);
    assert!(!place.path("outputs").exists());
}
