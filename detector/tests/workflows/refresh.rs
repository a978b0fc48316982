//! `refresh.yml`, played: from a measurement to a pull request that nobody has merged.

use schema::{baselines::Baselines, file};
use serde_json::{Map, Value, json};

use crate::{
    audit::audit,
    github::{Github, output},
    player::{self, End, Event, Part, Played, host},
    workflow::Workflow,
};

const BRANCH: &str = "refs/heads/refresh-baselines";

/// Calls it as `nightly.yml` does, with one small session of this machine.
fn played(github: &Github, part: &dyn Fn(&str, &Value) -> Part) -> Played {
    let caller = "
name: caller
on: { workflow_dispatch: }
permissions: {}
jobs:
  refresh:
    permissions: { contents: write, pull-requests: write }
    uses: ./.github/workflows/refresh.yml
    with: { platforms: HOST, profile: smoke, sessions: '1' }
"
    .replace("HOST", &host());
    let event = Event {
        name: "workflow_dispatch",
        payload: json!({}),
        reference: "refs/heads/main".to_owned(),
        sha: github.commit_at("refs/heads/main").expect("it was made from the working tree"),
        inputs: Map::new(),
    };
    let played = player::play(github, &Workflow::read(&caller).expect("a workflow"), &event, part);
    audit(github, &played);
    played
}

#[test]
fn a_refresh_ends_in_a_proposal_that_a_person_decides() {
    let github = Github::with_working_tree();
    let main = github.commit_at("refs/heads/main");
    let first = played(&github, &|_, _| Part::Played);
    assert_eq!(first.end, End::Success, "{}", first.story());

    // The branch is one commit on top of main, of one file.
    assert_eq!(github.commit_at("refs/heads/refresh-baselines^"), main);
    let changed = github.git(&["diff", "--name-only", "refs/heads/main", BRANCH]);
    assert_eq!(changed, "platforms/baselines.json");
    assert_eq!(github.commit_at("refs/heads/main"), main, "nobody has accepted it");
    let text = github.scratch().join("baselines.json");
    std::fs::write(&text, github.git(&["show", &format!("{BRANCH}:platforms/baselines.json")])).expect("it is ours");
    let proposed: Baselines = file::read(&text).unwrap_or_else(|error| panic!("{error:#}"));
    let section = &proposed.baselines[&host().parse().expect("a platform")];
    let programs: Vec<String> = section
        .values()
        .flat_map(|class| &class.sessions)
        .filter_map(|session| session.context.program_sha256.clone())
        .collect();

    // The pull request says what moves, and the program that measured it is kept under its hash.
    let pulls = github.repository.pulls();
    let [pull] = pulls.as_slice() else { panic!("one pull request, not {pulls:?}") };
    let is = pull.pull.as_ref().expect("it is a pull request");
    assert_eq!((is.head_branch.as_str(), is.base_branch.as_str()), ("refresh-baselines", "main"));
    assert!(pull.body.as_ref().is_some_and(|body| body.contains(&host())), "{:?}", pull.body);
    let releases = github.repository.releases();
    let [release] = releases.as_slice() else { panic!("one release, not {releases:?}") };
    assert_eq!((release.tag.as_str(), release.prerelease), ("baseline-programs", true));
    let [asset] = release.assets.as_slice() else { panic!("one program") };
    let sha256 = asset.name.strip_prefix("generator-").expect("its name has its hash");
    assert!(programs.iter().any(|program| program == sha256), "{sha256} made none of {programs:?}");
    let program = github.scratch().join("program");
    std::fs::write(&program, &asset.content).expect("it is ours");
    let hash = output(std::process::Command::new("git").arg("hash-object").arg(&program));
    assert_eq!(hash.len(), 40, "the asset has a content");

    // Asked for again, the same branch and the same pull request are brought up to date.
    let before = github.commit_at(BRANCH);
    let run = github.artifact(first.run, &format!("refresh-{}", host()));
    let second = played(&github, &|id, _| {
        if id == "refresh/measure" {
            Part::Leaves(vec![(format!("refresh-{}", host()), run.clone())])
        } else {
            Part::Played
        }
    });
    assert_eq!(second.end, End::Success, "{}", second.story());
    assert_ne!(github.commit_at(BRANCH), before, "the branch is made anew");
    assert_eq!(github.commit_at("refs/heads/refresh-baselines^"), main, "on top of what is proposed against");
    let told = &second.job("refresh/propose", None).step("Push the branch and open the pull request").log;
    assert!(!told.contains("nothing to propose"), "{told}");
    assert_eq!(github.repository.pulls().len(), 1);
    assert_eq!(github.repository.releases()[0].assets.len(), 1);
}

#[test]
fn a_refresh_without_a_measurement_proposes_nothing() {
    let github = Github::with_working_tree();
    let played = played(&github, &|id, _| if id == "refresh/measure" { Part::Lost } else { Part::Played });
    assert_eq!(played.end, End::Failure);
    assert!(played.jobs.iter().all(|job| job.id != "refresh/propose"), "{}", played.story());
    assert!(github.commit_at(BRANCH).is_none() && github.fake.requests().is_empty());
}
