//! `release.yml`, played: the reports are attached to the release, and a platform that left none is not passed over.

use serde_json::{Map, Value, json};

use crate::{
    audit::audit,
    github::{Github, REPOSITORY},
    player::{self, End, Event, Part, Played, host},
    workflow,
};

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
        if id == "measure" && matrix["platform"] != host.as_str() { Part::Lost } else { Part::Played }
    };
    let played = player::play(github, &workflow::all()["release.yml"], &event, &part);
    audit(github, &played);
    played
}

#[test]
fn a_release_is_measured_and_its_reports_are_attached() {
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
    for document in ["report", "comparison"] {
        assert!(names.contains(&format!("{document}-{host}.json")), "{names:?}");
    }
    // The others left nothing: the reports that are there are attached, and then it fails.
    let attach = played.job("attach", None).step("Attach the reports");
    assert_eq!(attach.code, Some(4), "{}", played.story());
    assert_eq!(played.end, End::Failure);
}

#[test]
fn the_programs_of_the_baselines_are_no_release() {
    let github = Github::with_working_tree();
    github.repository.add_release("baseline-programs", &[]);
    let played = played(&github, "baseline-programs");
    assert!(played.jobs.is_empty(), "{}", played.story());
    assert_eq!(played.end, End::Success);
}
