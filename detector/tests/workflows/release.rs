//! `release.yml`, played: archives and reports are attached to the release, and a platform that left none is not passed over.

use std::{fmt::Write as _, fs, path::PathBuf};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    audit::audit,
    github::{Github, REPOSITORY},
    player::{self, End, Event, Part, Played, host},
    workflow,
};

/// It is not the version of the working tree.
const WRONG_TAG: &str = "v0.0.0";

/// What scripts/package.sh would leave on this machine.
fn packed(github: &Github, tag: &str) -> PathBuf {
    let folder = github.machines.join("packed");
    fs::create_dir_all(&folder).expect("the folder is ours");
    let archive = format!("tidegauge-{}-{}.tar.gz", tag.trim_start_matches('v'), host());
    let mut digits = String::new();
    for byte in Sha256::digest("programs") {
        let _ = write!(digits, "{byte:02x}");
    }
    fs::write(folder.join(&archive), "programs").expect("the folder is ours");
    fs::write(folder.join(format!("{archive}.sha256")), format!("{digits}  {archive}\n")).expect("the folder is ours");
    folder
}

fn played(github: &Github, tag: &str) -> Played {
    let sha = github.commit_at("refs/heads/main").expect("it was made from the working tree");
    github.git(&["update-ref", &format!("refs/tags/{tag}"), &sha]);
    let release = &github.repository.releases()[0];
    let url =
        format!("{}/uploads/repos/{REPOSITORY}/releases/{}/assets{{?name,label}}", github.fake.own_url(), release.id);
    let event = Event {
        name: "release",
        payload: json!({ "action": "published", "release": { "tag_name": tag, "upload_url": url } }),
        reference: format!("refs/tags/{tag}"),
        sha,
        inputs: Map::new(),
    };
    let host = host();
    let part = |id: &str, matrix: &Value| {
        let is_here = matrix["platform"] == host.as_str();
        match id {
            // Packing is a build of its own; scripts/test.sh has it as a step.
            "package" if is_here && tag != WRONG_TAG => {
                Part::Leaves(vec![(format!("package-{host}"), packed(github, tag))])
            }
            "package" | "measure" if !is_here => Part::Lost,
            _ => Part::Played,
        }
    };
    let played = player::play(github, &workflow::all()["release.yml"], &event, &part);
    audit(github, &played);
    played
}

#[test]
fn a_release_is_measured_and_its_archives_and_reports_are_attached() {
    let mut github = Github::with_working_tree();
    github.forget_baselines();
    let generator = github.machines.join("stand-ins/generator").to_string_lossy().into_owned();
    github.settings.insert("GENERATOR".to_owned(), generator);
    github.repository.add_release("v1.0.0", &[]);
    let played = played(&github, "v1.0.0");
    let host = host();
    let measured = played.job("measure", Some(&host));
    assert_eq!(measured.step("Keep the run").end, End::Success, "{}", played.story());
    assert!(measured.started.iter().any(|it| it.line.contains("measure") && it.line.contains("--profile nightly")));
    let names: Vec<String> = github.repository.releases()[0].assets.iter().map(|asset| asset.name.clone()).collect();
    let documents = ["report", "comparison"].map(|document| format!("{document}-{host}.json"));
    let archives = ["tar.gz", "tar.gz.sha256"].map(|end| format!("tidegauge-1.0.0-{host}.{end}"));
    for name in documents.iter().chain(&archives) {
        assert!(names.contains(name), "{names:?}");
    }
    // The others left nothing: the reports that are there are attached, and then it fails.
    let attach = played.job("attach", None).step("Attach archives and reports");
    assert_eq!(attach.code, Some(4), "{}", played.story());
    assert_eq!(played.end, End::Failure);
}

#[test]
fn a_release_whose_tag_is_not_the_version_is_not_packed() {
    let mut github = Github::with_working_tree();
    github.forget_baselines();
    let generator = github.machines.join("stand-ins/generator").to_string_lossy().into_owned();
    github.settings.insert("GENERATOR".to_owned(), generator);
    github.repository.add_release(WRONG_TAG, &[]);
    let played = played(&github, WRONG_TAG);
    let package = played.job("package", Some(&host()));
    assert_eq!(package.step("Check the version").code, Some(2), "{}", played.story());
    assert_eq!(package.step("Package").end, End::Skipped, "{}", played.story());
}

#[test]
fn the_programs_of_the_baselines_are_no_release() {
    let github = Github::with_working_tree();
    github.repository.add_release("baseline-programs", &[]);
    let played = played(&github, "baseline-programs");
    assert!(played.jobs.is_empty(), "{}", played.story());
    assert_eq!(played.end, End::Success);
}
