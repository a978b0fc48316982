//! The action `detect`, as another repository uses it: a report goes in, and annotations, a summary and outputs come out.

use std::path::Path;

use schema::{document::Document, file};
use serde_json::Map;

use crate::{
    bench,
    github::Github,
    player::{self, End, Event, Part, Played},
    workflow::{self, Workflow},
};

fn write<T: Document>(path: &Path, document: &T) {
    file::write(path, document).expect("the folder is ours");
}

/// A workflow of somebody else's, which judges a report that is `factor` times as slow as three before.
fn played(factor: f64, more: &str) -> Played {
    let mut github = Github::with_working_tree();
    // Its machine has nothing of ours to keep.
    github.machines = github.scratch();
    let scratch = github.scratch();
    let text = |document: &dyn Fn(&Path)| {
        let path = scratch.join("document.json");
        document(&path);
        std::fs::read_to_string(path).expect("it was written just now")
    };
    let report = text(&|path| write(path, &bench::report(9, bench::around(factor))));
    let baselines = text(&|path| write(path, &bench::three_sessions()));
    let main = github.commit_at("refs/heads/main");
    let files = [("their report.json", report.as_str()), ("baselines.json", baselines.as_str())];
    let sha = github.commit_files(main.as_deref(), "refs/heads/main", &files);
    let theirs = format!(
        "
name: theirs
on: {{ push: {{ branches: [main] }} }}
permissions: {{}}
defaults: {{ run: {{ shell: bash }} }}
jobs:
  a:
    runs-on: linux
    permissions: {{ contents: read }}
    steps:
      - uses: {}
        with: {{ persist-credentials: false }}
      - id: detect
        uses: ./.github/actions/detect
        with:
          report: their report.json
          baselines: baselines.json
          detector: {}
          {more}
      - if: ${{{{ !cancelled() }}}}
        env: {{ CODE: '${{{{ steps.detect.outputs.exit-code }}}}', FILE: '${{{{ steps.detect.outputs.comparison }}}}' }}
        run: echo \"code $CODE\" && test -s \"$FILE\"
",
        crate::actions::KNOWN[0],
        env!("CARGO_BIN_EXE_detector"),
    );
    let workflow = Workflow::read(&theirs).unwrap_or_else(|error| panic!("{error}"));
    let event = Event {
        name: "push",
        payload: serde_json::json!({}),
        reference: "refs/heads/main".to_owned(),
        sha,
        inputs: Map::new(),
    };
    player::play(&github, &workflow, &event, &|_, _| Part::Played)
}

#[test]
fn a_report_as_fast_as_before_passes() {
    let played = played(1.0, "");
    assert_eq!(played.end, End::Success, "{}", played.story());
    assert!(played.jobs[0].steps.last().is_some_and(|step| step.log == "code 0\n"), "{}", played.story());
    assert!(played.jobs[0].step("Detect").annotations.iter().all(|it| it.level != "error"), "{}", played.story());
}

#[test]
fn a_report_that_is_slower_fails_the_job_with_an_annotation_and_a_table() {
    let played = played(1.5, "");
    let job = &played.jobs[0];
    assert_eq!(played.end, End::Failure);
    assert_eq!(job.step("Detect").code, Some(1), "{}", played.story());
    assert!(job.step("Detect").annotations.iter().any(|it| it.level == "error"), "{}", played.story());
    assert!(job.summary.contains(bench::CASE), "{}", job.summary);
    assert!(job.steps.last().is_some_and(|step| step.log == "code 1\n"), "{}", played.story());
}

#[test]
fn a_report_that_is_slower_passes_where_nothing_is_to_fail() {
    let played = played(1.5, "fail-on: never");
    assert_eq!(played.end, End::Success, "{}", played.story());
}

#[test]
fn a_bad_name_is_one_message() {
    let played = played(1.0, "pair: none.json");
    let detect = played.jobs[0].step("Detect");
    assert_eq!(detect.code, Some(2), "{}", played.story());
    assert!(detect.log.contains("none.json"), "{}", detect.log);
}

#[test]
fn its_inputs_and_outputs_say_what_they_are() {
    let path = workflow::root().join(".github/actions/detect/action.yml");
    let action = workflow::Action::read(&std::fs::read_to_string(path).expect("it is there")).expect("an action");
    assert!(!action.name.is_empty() && !action.description.is_empty());
    assert!(action.inputs.values().all(|input| !input.description.is_empty()));
    assert!(action.outputs.values().all(|output| !output.description.is_empty()));
}
