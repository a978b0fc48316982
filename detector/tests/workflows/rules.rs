//! What holds for every workflow, as it stands in its file: who may do what, for how long, and with which words.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    actions::KNOWN,
    workflow::{self, Access, Action, Job, Step, Workflow},
};

/// Steps of scripts that run the code of the checkout, or build it: where one of them runs, there is no token to be had.
const MEASURED: [&str; 11] = [
    "nightly.sh build",
    "nightly.sh verify",
    "nightly.sh measure",
    "nightly.sh confirm",
    "nightly.sh watch",
    "nightly.sh beside",
    "nightly.sh matrix",
    "refresh.sh measure",
    "refresh.sh merge",
    "scripts/package.sh",
    "scripts/test.sh",
];

/// All steps of all jobs, with words that say where they stand.
fn steps() -> Vec<(String, Workflow, Job, Step)> {
    let mut steps = Vec::new();
    for (file, workflow) in workflow::all() {
        for (id, job) in &workflow.jobs {
            for step in &job.steps {
                let place = format!("{file}: {id}: {}", step.title());
                steps.push((place, workflow.clone(), job.clone(), step.clone()));
            }
        }
    }
    assert!(steps.len() > 40, "the workflows are found");
    steps
}

fn action() -> Action {
    let path = workflow::root().join(".github/actions/detect/action.yml");
    let text = std::fs::read_to_string(path).expect("the action is there");
    Action::read(&text).unwrap_or_else(|error| panic!("reading the action: {error}"))
}

fn mentions_token(step: &Step) -> bool {
    let values = || step.env.values().chain(step.with.values());
    values().any(|value| value.as_str().is_some_and(|text| text.contains("token") || text.contains("secrets")))
}

#[test]
fn the_six_workflows_are_there() {
    let names: Vec<String> = workflow::all().into_keys().collect();
    assert_eq!(names, ["ci.yml", "comment.yml", "nightly.yml", "pull-request.yml", "refresh.yml", "release.yml"]);
}

#[test]
fn no_expression_stands_in_a_script() {
    let own = action().runs.steps;
    let blocks = steps().into_iter().map(|(place, _, _, step)| (place, step)).collect::<Vec<_>>();
    for (place, step) in blocks.into_iter().chain(own.into_iter().map(|step| ("the action".to_owned(), step))) {
        assert!(step.run.is_none_or(|block| !block.contains("${{")), "{place}");
    }
}

#[test]
fn every_action_is_one_of_the_pins_that_we_have_seen() {
    for (place, _, _, step) in steps() {
        assert!(step.uses.as_ref().is_none_or(|uses| KNOWN.contains(&uses.as_str())), "{place}: {:?}", step.uses);
    }
    assert!(action().runs.steps.iter().all(|step| step.uses.is_none()));
}

#[test]
fn every_block_runs_in_bash() {
    for (place, workflow, job, step) in steps() {
        let defaults = job.defaults.as_ref().or(workflow.defaults.as_ref());
        let shell = step.shell.as_deref().or_else(|| defaults.and_then(|it| it.run.shell.as_deref()));
        assert!(step.run.is_none() || shell == Some("bash"), "{place}");
    }
    assert!(action().runs.steps.iter().all(|step| step.shell.as_deref() == Some("bash")));
}

#[test]
fn every_job_says_what_its_token_may_do_and_how_long_it_takes_at_most() {
    for (file, workflow) in workflow::all() {
        assert!(workflow.permissions.is_empty(), "{file}: what is not given is not there");
        let concurrency = workflow.concurrency.as_ref();
        let concurrency = concurrency.unwrap_or_else(|| panic!("{file}: two runs of it do not know of each other"));
        let name = file.trim_end_matches(".yml");
        assert!(concurrency.group.starts_with(name), "{file}: a group of its own");
        // What is half told or half kept is worse than what comes late; a measurement that was overtaken is worth nothing.
        let cancels = ["ci", "pull-request"].contains(&name);
        assert_eq!(concurrency.cancel_in_progress, json!(cancels), "{file}");
        for (id, job) in &workflow.jobs {
            assert!(job.permissions.is_some(), "{file}: {id}");
            let minutes = job.timeout_minutes.as_u64();
            assert!(job.uses.is_some() || minutes.is_some_and(|minutes| minutes <= 360), "{file}: {id}: {minutes:?}");
            assert!(
                job.strategy.as_ref().is_none_or(|strategy| !strategy.fail_fast),
                "{file}: {id}: one fails for all"
            );
        }
    }
}

#[test]
fn only_the_jobs_that_tell_people_may_write() {
    let mut found = BTreeSet::new();
    for (file, workflow) in workflow::all() {
        for (id, job) in &workflow.jobs {
            for (scope, access) in job.permissions.iter().flatten() {
                if *access == Access::Write {
                    found.insert(format!("{file} {id}: {scope}"));
                }
            }
        }
    }
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let wanted = [
        "comment.yml comment: pull-requests",
        "nightly.yml refresh: contents",
        "nightly.yml refresh: pull-requests",
        "nightly.yml tell: contents",
        "nightly.yml tell: issues",
        "refresh.yml propose: contents",
        "refresh.yml propose: pull-requests",
        "release.yml attach: contents",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn a_job_that_runs_measured_code_has_neither_a_token_nor_a_permission_to_write() {
    let measures = |step: &Step| {
        let block = step.run.as_deref().unwrap_or_default();
        MEASURED.iter().any(|script| block.contains(script))
    };
    let mut count = 0;
    for (file, workflow) in workflow::all() {
        for (id, job) in workflow.jobs.iter().filter(|(_, job)| job.steps.iter().any(measures)) {
            count += 1;
            assert!(!job.steps.iter().any(mentions_token), "{file}: {id} mentions a token");
            let named = workflow.env.values().chain(job.env.values());
            assert!(named.into_iter().all(|value| !value.to_string().contains("token")), "{file}: {id}");
            let permissions = workflow.permissions_of(id);
            assert!(permissions.values().all(|access| *access <= Access::Read), "{file}: {id}: {permissions:?}");
        }
    }
    assert!(count >= 7, "the jobs that measure are found: {count}");
}

#[test]
fn no_checkout_leaves_a_token_on_the_disk() {
    for (place, _, _, step) in steps() {
        if step.uses.as_deref() == Some(KNOWN[0]) {
            assert_eq!(step.with.get("persist-credentials"), Some(&json!(false)), "{place}");
        }
    }
}

#[test]
fn no_secret_is_named_anywhere() {
    for (file, workflow) in workflow::all() {
        let text =
            std::fs::read_to_string(workflow::root().join(".github/workflows").join(&file)).expect("it was read");
        assert!(!text.contains("secrets."), "{file}");
        assert!(workflow.jobs.values().all(|job| !job.with.contains_key("secrets")), "{file}");
    }
}

#[test]
fn every_artifact_says_what_becomes_of_it_and_is_kept_as_long_as_was_said() {
    for (place, _, _, step) in steps() {
        if step.uses.as_deref() != Some(KNOWN[1]) {
            continue;
        }
        let days = if place.starts_with("release.yml") { 365 } else { 90 };
        assert_eq!(step.with.get("retention-days"), Some(&json!(days)), "{place}");
        assert!(step.with.contains_key("if-no-files-found"), "{place}");
        assert!(step.with.contains_key("name"), "{place}");
    }
}

#[test]
fn the_night_begins_at_four_and_where_the_kernels_or_the_toolchain_change_and_by_hand() {
    let on = &workflow::all()["nightly.yml"].on;
    assert_eq!(on.schedule.iter().map(|at| at.cron.as_str()).collect::<Vec<_>>(), ["0 4 * * *"]);
    let push = on.push.as_ref().expect("it begins with a push");
    assert_eq!(push.branches, ["main"]);
    for path in ["kernels/**", "rust-toolchain.toml", "Cargo.lock"] {
        assert!(push.paths.iter().any(|known| known == path), "{path}");
    }
    let inputs = &on.workflow_dispatch.as_ref().expect("it begins by hand").inputs;
    assert_eq!(inputs.keys().collect::<Vec<_>>(), ["platforms", "profile", "update_baselines"]);
}

#[test]
fn the_baselines_are_measured_anew_each_month_and_by_hand() {
    let on = &workflow::all()["refresh.yml"].on;
    let fields: Vec<&str> = on.schedule[0].cron.split(' ').collect();
    assert!(fields[2].parse::<u8>().is_ok() && fields[3..] == ["*", "*"], "{fields:?}");
    assert!(on.workflow_dispatch.is_some());
}

#[test]
fn a_pull_request_is_measured_without_a_token_and_commented_on_without_its_code() {
    let all = workflow::all();
    assert!(all["pull-request.yml"].on.pull_request.is_some());
    let on = &all["comment.yml"].on;
    let of = on.workflow_run.as_ref().expect("it comes after the other");
    assert_eq!(
        (of.workflows.as_slice(), of.types.as_slice()),
        (&["pull-request".into()][..], &["completed".into()][..])
    );
    for (place, _, _, step) in steps().into_iter().filter(|(place, ..)| place.starts_with("comment.yml")) {
        let is_default = !step.with.contains_key("ref") && !step.with.contains_key("repository");
        assert!(step.uses.as_deref() != Some(KNOWN[0]) || is_default, "{place}: it checks out something else");
    }
}

#[test]
fn a_release_is_measured_once_it_is_published() {
    let on = &workflow::all()["release.yml"].on;
    assert_eq!(on.release.as_ref().expect("it comes with a release").types, ["published"]);
}

#[test]
fn the_tests_run_on_linux_of_both_kinds_and_on_macos() {
    let job = &workflow::all()["ci.yml"].jobs["test"];
    let matrix = &job.strategy.as_ref().expect("a matrix").matrix;
    let labels: Vec<&str> = matrix["runner"].as_array().expect("labels").iter().filter_map(Value::as_str).collect();
    for kind in ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-15"] {
        assert!(labels.contains(&kind), "{kind}");
    }
    // This test is one of those that it runs, and does not run them again.
    let blocks: Vec<&str> = job.steps.iter().filter_map(|step| step.run.as_deref()).collect();
    assert_eq!(blocks, ["scripts/test.sh"]);
}

#[test]
fn every_script_that_a_block_names_is_there_and_may_be_run() {
    let mut found = BTreeSet::new();
    for (place, _, _, step) in steps() {
        for word in step.run.iter().flat_map(|block| block.split_whitespace()).filter(|word| word.contains("scripts/"))
        {
            let path = workflow::root().join(word);
            let mode = std::fs::metadata(&path).map(|it| std::os::unix::fs::PermissionsExt::mode(&it.permissions()));
            assert!(mode.is_ok_and(|mode| mode & 0o111 != 0), "{place}: {word}");
            found.insert(word.to_owned());
        }
    }
    assert!(found.len() >= 5, "{found:?}");
}
