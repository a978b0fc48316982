//! `generator doctor` as a person runs it.

use std::fs;

use assert_cmd::Command;
use generator::diagnosis::Diagnosis;
use predicates::{prelude::PredicateBooleanExt, str::contains};
use schema::case::Bound;
use tempfile::TempDir;

fn doctor(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_generator"));
    command.arg("doctor").args(arguments).env_remove("TIDEGAUGE_ISA").env_remove("RUST_LOG");
    command
}

/// What is asked of it is the same on a quiet machine and on a noisy one.
fn diagnosis() -> Diagnosis {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("doctor.json");
    doctor(&["--format", "json", "--output"]).arg(&path).assert().success().stdout("");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn it_tells_people_what_holds_and_what_can_be_seen() {
    let told = contains("cpu_pin")
        .and(contains("probe's floor"))
        .and(contains("throughput-bound code"))
        .and(contains("memory-bound code"))
        .and(contains("This machine"));
    doctor(&[]).assert().success().stdout(told);
}

#[test]
fn its_figures_are_measured_or_have_a_reason_and_its_answer_has_all_of_them() {
    let diagnosis = diagnosis();
    let kinds: Vec<Bound> = diagnosis.sights.iter().map(|sight| sight.bound).collect();
    assert_eq!(kinds, [Bound::Throughput, Bound::Memory]);
    let answer = &diagnosis.answer;
    assert!(answer.starts_with("This machine ") && answer.ends_with('.') && answer.lines().count() == 1, "{answer}");
    for sight in &diagnosis.sights {
        assert!(!sight.failed && sight.launches > 0 && sight.accepted_share.is_some(), "{sight:?}");
        let Some(percent) = sight.side_by_side_percent else {
            assert!(answer.contains(sight.reason.as_deref().unwrap()), "{answer}\n{sight:?}");
            continue;
        };
        assert!(percent > 0.0 && sight.launch_sd_percent.is_some_and(|sd| sd >= 0.0), "{sight:?}");
        assert!(sight.night_to_night_percent.unwrap() >= percent, "{sight:?}");
        let digits = usize::from(percent < 10.0);
        assert!(
            answer.contains(&format!(" {percent:.digits$} % in {}", generator::sight::code(sight.bound))),
            "{answer}"
        );
    }
}

#[test]
fn what_needs_a_person_stands_first_with_its_remedy_once() {
    let diagnosis = diagnosis();
    assert!(diagnosis.settings.iter().map(|setting| setting.held).is_sorted(), "{:?}", diagnosis.settings);
    for setting in &diagnosis.settings {
        assert_eq!(setting.held, setting.remedy.is_none(), "{setting:?}");
        let told = |remedy: &&String| Some(*remedy) == setting.remedy.as_ref();
        assert_eq!(diagnosis.remedies.iter().filter(told).count(), usize::from(!setting.held), "{setting:?}");
    }
    assert!(diagnosis.settings.iter().any(|setting| setting.name == "large_pages"));
}
