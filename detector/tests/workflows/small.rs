//! Small workflows, to see that the player does what GitHub does.

use std::{collections::BTreeMap, fs};

use serde_json::{Map, Value, json};

use crate::{
    github::Github,
    player::{self, End, Event, Part, Played},
    workflow::Workflow,
};

const CHECKOUT: &str = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd";
const UPLOAD: &str = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a";
const DOWNLOAD: &str = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c";

/// A GitHub with one file in its repository, and a push to it.
fn pushed() -> (Github, Event) {
    let github = Github::empty();
    let sha = github.commit_files(None, "refs/heads/main", &[("file", "one\n")]);
    let event = Event {
        name: "push",
        payload: json!({ "head": "a" }),
        reference: "refs/heads/main".to_owned(),
        sha,
        inputs: Map::new(),
    };
    (github, event)
}

fn workflow(jobs: &str) -> Workflow {
    let head = "name: small\non: { push: { branches: [main] } }\npermissions: {}\ndefaults: { run: { shell: bash } }\n";
    let text = format!("{head}jobs:\n{jobs}")
        .replace("CHECKOUT", CHECKOUT)
        .replace("UPLOAD", UPLOAD)
        .replace("DOWNLOAD", DOWNLOAD);
    Workflow::read(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

fn play_all(github: &Github, event: &Event, jobs: &str) -> Played {
    player::play(github, &workflow(jobs), event, &|_, _| Part::Played)
}

fn played(jobs: &str) -> Played {
    let (github, event) = pushed();
    play_all(&github, &event, jobs)
}

fn ends(played: &Played) -> BTreeMap<&str, End> {
    played.jobs.iter().map(|job| (job.id.as_str(), job.end)).collect()
}

#[test]
fn a_block_stops_at_a_command_that_fails_and_at_a_pipe_that_breaks() {
    let played = played(
        "
  a: { runs-on: linux, steps: [{ run: \"false\\necho on\" }] }
  b: { runs-on: linux, steps: [{ run: \"false | true\\necho on\" }] }
  c: { runs-on: linux, steps: [{ run: 'echo on' }] }
",
    );
    assert_eq!(ends(&played), [("a", End::Failure), ("b", End::Failure), ("c", End::Success)].into());
    assert_eq!(played.end, End::Failure);
    assert!(played.jobs[..2].iter().all(|job| !job.steps[0].log.contains("on")), "{}", played.story());
}

#[test]
fn a_block_finds_what_the_runner_gives_and_nothing_of_ours() {
    let played = played(
        "  a: { runs-on: linux, env: { A: '${{ github.ref_name }}' }, steps: [{ run: env, env: { B: '${{ env.A }}' } }] }\n",
    );
    let environment: BTreeMap<&str, &str> =
        played.jobs[0].steps[0].log.lines().filter_map(|line| line.split_once('=')).collect();
    for (name, value) in
        [("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_REF_NAME", "main"), ("A", "main"), ("B", "main")]
    {
        assert_eq!(environment.get(name), Some(&value), "{name}");
    }
    for name in ["GITHUB_SHA", "GITHUB_API_URL", "GITHUB_SERVER_URL", "RUNNER_TEMP", "RUNNER_OS", "GITHUB_WORKSPACE"] {
        assert!(environment.get(name).is_some_and(|value| !value.is_empty()), "{name}");
    }
    // Those that cargo gives to tests.
    assert!(!environment.contains_key("CARGO_MANIFEST_DIR") && !environment.contains_key("GITHUB_TOKEN"));
}

#[test]
fn outputs_variables_and_summaries_reach_those_after() {
    let played = played(
        r#"
  a:
    runs-on: linux
    outputs: { found: '${{ steps.look.outputs.found }}' }
    steps:
      - { id: look, run: 'echo found=it >>"$GITHUB_OUTPUT"; echo SET=yes >>"$GITHUB_ENV"; echo heading >>"$GITHUB_STEP_SUMMARY"' }
      - { run: '[[ $SET == yes && $FOUND == it ]]', env: { FOUND: '${{ steps.look.outputs.found }}' } }
  b: { runs-on: linux, needs: a, steps: [{ run: '[[ $FOUND == it && -z ${SET:-} ]]', env: { FOUND: '${{ needs.a.outputs.found }}' } }] }
"#,
    );
    assert_eq!(played.end, End::Success, "{}", played.story());
    assert_eq!(played.job("a", None).summary, "heading\n");
}

#[test]
fn a_step_after_one_that_failed_runs_only_where_it_says_so() {
    let played = played(
        "
  a:
    runs-on: linux
    steps:
      - { id: one, run: 'exit 3' }
      - { run: 'true' }
      - { run: 'true', if: \"${{ !cancelled() && steps.one.outcome == 'failure' }}\" }
      - { run: 'true', if: failure() }
",
    );
    let ends: Vec<_> = played.jobs[0].steps.iter().map(|step| (step.end, step.code)).collect();
    let good = (End::Success, Some(0));
    assert_eq!(ends, [(End::Failure, Some(3)), (End::Skipped, None), good, good]);
    assert_eq!(played.end, End::Failure);
}

#[test]
fn a_job_whose_need_failed_is_skipped_unless_it_says_otherwise() {
    let played = played(
        "
  a: { runs-on: linux, steps: [{ run: 'false' }] }
  b: { runs-on: linux, needs: a, steps: [{ run: 'true' }] }
  c: { runs-on: linux, needs: [a, b], if: \"${{ !cancelled() && needs.b.result == 'skipped' }}\", steps: [{ run: 'true' }] }
  d: { runs-on: linux, needs: c, steps: [{ run: 'true' }] }
",
    );
    assert_eq!(ends(&played), [("a", End::Failure), ("c", End::Success)].into());
}

#[test]
fn a_matrix_is_one_job_a_value_and_a_lost_machine_fails_its_own_alone() {
    let (github, event) = pushed();
    let jobs = workflow(
        r#"
  plan:
    runs-on: linux
    outputs: { m: '${{ steps.p.outputs.m }}' }
    steps:
      - id: p
        run: |
          echo 'm={"include":[{"platform":"x"},{"platform":"y"}]}' >>"$GITHUB_OUTPUT"
  a:
    needs: plan
    runs-on: linux
    strategy: { fail-fast: false, matrix: '${{ fromJSON(needs.plan.outputs.m) }}' }
    steps: [{ run: '[[ $P == x ]]', env: { P: '${{ matrix.platform }}' } }]
"#,
    );
    let lost = |_: &str, matrix: &Value| if matrix["platform"] == "y" { Part::Lost } else { Part::Played };
    let played = player::play(&github, &jobs, &event, &lost);
    assert_eq!(played.job("a", Some("x")).end, End::Success, "{}", played.story());
    assert_eq!(played.job("a", Some("y")).end, End::Failure);
    assert_eq!(played.end, End::Failure);
}

#[test]
fn a_checkout_without_credentials_cannot_push_and_one_with_a_permission_can() {
    let push = "git -c user.name=a -c user.email=a commit --quiet --allow-empty -m a && git push --quiet origin HEAD:refs/heads/new";
    let (github, event) = pushed();
    let job = |permissions: &str, persist: bool| {
        format!(
            "  a: {{ runs-on: linux, permissions: {{ contents: {permissions} }}, steps: [{{ uses: CHECKOUT, with: {{ \
             persist-credentials: {persist} }} }}, {{ run: '{push}', env: {{ GIT_TERMINAL_PROMPT: 0 }} }}] }}\n"
        )
    };
    for (permissions, persist) in [("write", false), ("read", true)] {
        let played = play_all(&github, &event, &job(permissions, persist));
        assert_eq!(played.jobs[0].steps[1].end, End::Failure, "{permissions} {persist}: {}", played.story());
        assert_eq!(github.commit_at("refs/heads/new"), None);
    }
    let played = play_all(&github, &event, &job("write", true));
    assert_eq!(played.end, End::Success, "{}", played.story());
    assert!(github.commit_at("refs/heads/new").is_some());
}

#[test]
fn a_checkout_has_as_much_history_and_as_many_folders_as_were_asked_for() {
    let (github, event) = pushed();
    let files = [("a/in", "1"), ("b/in", "2")];
    let sha = github.commit_files(Some(&event.sha), "refs/heads/main", &files);
    let event = Event { sha, ..event };
    let played = play_all(
        &github,
        &event,
        "
  a:
    runs-on: linux
    steps:
      - uses: CHECKOUT
      - uses: CHECKOUT
        with: { path: all, fetch-depth: 0 }
      - uses: CHECKOUT
        with: { path: some, ref: main, sparse-checkout: a }
      - run: |
          [[ $(git rev-list --count HEAD) == 1 && $(git -C all rev-list --count HEAD) == 2 ]]
          [[ -f some/a/in && -f some/file && ! -e some/b && $(git symbolic-ref --short HEAD) == main ]]
          [[ -z $(git -C some status --porcelain) && -z $(git -C all status --porcelain) ]]
          [[ $(git status --porcelain | sort | tr -d '\\n') == '?? all/?? some/' ]]
",
    );
    assert_eq!(played.end, End::Success, "{}", played.story());
}

#[test]
fn artifacts_go_from_job_to_job_and_to_another_run_that_may_read_them() {
    let (github, event) = pushed();
    let played = play_all(
        &github,
        &event,
        "
  a:
    runs-on: linux
    steps:
      - run: mkdir -p out/deep && echo 1 >out/deep/one && echo 2 >out/.hidden
      - { uses: UPLOAD, with: { name: n-a, path: out, if-no-files-found: error, retention-days: 90 } }
  b:
    runs-on: linux
    needs: a
    steps:
      - { uses: DOWNLOAD, with: { pattern: n-*, path: in } }
      - { uses: DOWNLOAD, with: { name: n-a, path: flat } }
      - run: '[[ $(cat in/n-a/deep/one) == 1 && -f flat/deep/one && ! -e flat/.hidden ]]'
  c: { runs-on: linux, steps: [{ uses: UPLOAD, with: { name: n-c, path: none, if-no-files-found: error } }] }
",
    );
    assert_eq!(
        ends(&played),
        [("a", End::Success), ("b", End::Success), ("c", End::Failure)].into(),
        "{}",
        played.story()
    );
    let other = |permissions: &str| {
        format!(
            "  d: {{ runs-on: linux, permissions: {{ {permissions} }}, steps: [{{ uses: DOWNLOAD, with: {{ path: in, run-id: {}, \
             github-token: '${{{{ github.token }}}}' }} }}, {{ run: 'test -f in/n-a/deep/one' }}] }}\n",
            played.run
        )
    };
    assert_eq!(play_all(&github, &event, &other("actions: read")).end, End::Success);
    assert_eq!(play_all(&github, &event, &other("contents: read")).end, End::Failure);
}

#[test]
fn a_composite_action_sees_its_inputs_and_gives_its_outputs() {
    let (github, event) = pushed();
    let action = "
name: a
description: b
inputs: { what: { description: c, required: true }, more: { description: d, default: x } }
outputs: { got: { description: e, value: '${{ steps.s.outputs.got }}' } }
runs:
  using: composite
  steps:
    - { id: s, shell: bash, env: { WHAT: '${{ inputs.what }}', MORE: '${{ inputs.more }}' }, run: 'echo \"got=$WHAT$MORE\" >>\"$GITHUB_OUTPUT\"; test -d \"$GITHUB_ACTION_PATH\"' }
";
    let sha = github.commit_files(Some(&event.sha), "refs/heads/main", &[("act/action.yml", action)]);
    let jobs = "
  a:
    runs-on: linux
    steps:
      - uses: CHECKOUT
      - { id: it, uses: ./act, with: { what: y } }
      - { run: '[[ $GOT == yx ]]', env: { GOT: '${{ steps.it.outputs.got }}' } }
";
    let played = play_all(&github, &Event { sha, ..event }, jobs);
    assert_eq!(played.end, End::Success, "{}", played.story());
}

#[test]
fn what_a_block_starts_is_noted_with_its_environment() {
    let played =
        played("  a: { runs-on: linux, steps: [{ run: 'cargo --version', env: { T: '${{ github.token }}' } }] }\n");
    let job = &played.jobs[0];
    assert_eq!(job.started.len(), 1, "{}", played.story());
    assert_eq!(job.started[0].line, "cargo --version");
    assert!(job.started[0].environment.contains(&job.token));
}

#[test]
#[should_panic(expected = "an expression stands in a script")]
fn an_expression_in_a_script_is_refused() {
    played("  a: { runs-on: linux, steps: [{ run: 'echo ${{ github.sha }}' }] }\n");
}

#[test]
#[should_panic(expected = "there is no platfrom")]
fn a_slip_in_an_expression_is_refused() {
    let (github, event) = pushed();
    let jobs = "  a: { runs-on: linux, strategy: { matrix: { platform: [x] } }, steps: [{ run: 'true', env: { A: '${{ matrix.platfrom }}' } }] }\n";
    play_all(&github, &event, jobs);
}

#[test]
fn a_link_in_an_artifact_remains_a_link() {
    let (github, event) = pushed();
    let folder = github.scratch();
    std::os::unix::fs::symlink("/etc/hostname", folder.join("link")).expect("the folder is ours");
    let jobs = workflow(
        "
  a: { runs-on: linux, steps: [{ run: 'true' }] }
  b: { runs-on: linux, needs: a, steps: [{ uses: DOWNLOAD, with: { path: in } }, { run: 'test -L in/x/link' }] }
",
    );
    let leaves = |id: &str, _: &Value| {
        if id == "a" { Part::Leaves(vec![("x".to_owned(), folder.clone())]) } else { Part::Played }
    };
    let played = player::play(&github, &jobs, &event, &leaves);
    assert_eq!(played.end, End::Success, "{}", played.story());
    assert!(fs::symlink_metadata(github.artifact(played.run, "x").join("link")).is_ok());
}
