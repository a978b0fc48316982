//! `nightly.yml`, played: a platform that is measured here and now, one that failed, and one with a regression.

use std::{fs, path::Path};

use platforms::PlatformKey;
use schema::{comparison::Comparison, document::Document, file, report::Report};
use serde_json::{Map, Value, json};

use crate::{
    audit::audit,
    bench,
    github::Github,
    player::{self, End, Event, Part, Played, host},
    workflow,
};

/// A night that a person starts by hand, of these platforms, as small as a night can be.
fn by_hand(github: &Github, platforms: &[&str]) -> Event {
    let inputs = [("platforms", json!(platforms.join(","))), ("profile", json!("smoke"))];
    Event {
        name: "workflow_dispatch",
        payload: json!({ "inputs": {} }),
        reference: "refs/heads/main".to_owned(),
        sha: github.commit_at("refs/heads/main").expect("it was made from the working tree"),
        inputs: inputs.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Map<_, _>>(),
    }
}

/// A platform that is not this machine's.
fn other() -> &'static str {
    if host() == "linux-aarch64" { "linux-x86_64" } else { "linux-aarch64" }
}

fn played(github: &Github, platforms: &[&str], part: &dyn Fn(&str, &Value) -> Part) -> Played {
    let night = player::play(github, &workflow::all()["nightly.yml"], &by_hand(github, platforms), part);
    audit(github, &night);
    night
}

/// What a machine of `platform` would leave: a run with a case that takes 1.5 times as long, confirmed side by side.
fn regressed(github: &Github, platform: &str) -> std::path::PathBuf {
    let platform: PlatformKey = platform.parse().expect("a platform");
    let mut baselines = bench::three_sessions();
    let section = baselines.baselines.pop_first().expect("a platform's").1;
    baselines.baselines.insert(platform, section);
    let mut report = bench::report(9, bench::around(1.5));
    report.platform = platform;
    let mut pair = bench::pair(bench::calmly_beside(1.5));
    pair.platform = platform;
    let comparison = bench::confirmed(&report, &baselines, &pair);
    let folder = github.scratch();
    file::write(&folder.join("report.json"), &report).expect("the folder is ours");
    file::write(&folder.join("pair.json"), &pair).expect("the folder is ours");
    file::write(&folder.join("comparison.json"), &comparison).expect("the folder is ours");
    folder
}

/// The documents of the history, each with the hash of its content; not the word to those who look at the branch.
fn history(github: &Github) -> Vec<(String, String)> {
    let listed = github.git(&["ls-tree", "-r", "refs/heads/history"]);
    let entry = |line: &str| {
        let (what, path) = line.split_once('\t').expect("a line of git's");
        (path.to_owned(), what.split(' ').next_back().expect("a hash").to_owned())
    };
    listed.lines().map(entry).filter(|(path, _)| path != "README.md").collect()
}

fn read<T: Document>(path: &Path) -> T {
    file::read(path).unwrap_or_else(|error| panic!("{error:#}"))
}

/// What the history keeps of runs.
fn runs(github: &Github) -> Vec<(String, String)> {
    history(github).into_iter().filter(|(path, _)| !path.starts_with("alarms/")).collect()
}

/// On how many nights it was kept how right the alarms were.
fn alarms(github: &Github) -> usize {
    history(github).len() - runs(github).len()
}

#[test]
fn nights_are_kept_and_told_whatever_becomes_of_a_platform() {
    let mut github = Github::with_working_tree();
    github.forget_baselines();
    github.settings.insert("WATCH_CASES".to_owned(), "^dot_f32/scalar/n10000$".to_owned());
    let (host, other) = (host(), other());
    let platforms = [host.as_str(), other];

    // The first night: this machine measures, and the other one is lost.
    let first = played(&github, &platforms, &|id, matrix| {
        if id == "measure" && matrix["platform"] == other { Part::Lost } else { Part::Played }
    });
    let measured = first.job("measure", Some(&host));
    for title in ["Build", "Verify", "Measure", "Compare", "Confirm", "Judge", "Watch the tool itself", "Keep the run"]
    {
        assert_eq!(measured.step(title).end, End::Success, "{title}: {}", first.story());
    }
    assert_eq!(first.end, End::Failure, "a platform failed");
    let run = github.artifact(first.run, &format!("nightly-{host}"));
    let report: Report = read(&run.join("report.json"));
    assert_eq!((report.platform.to_string(), report.profile.as_str()), (host.clone(), "smoke"));
    let comparison: Comparison = read(&run.join("comparison.json"));
    let verdict = fs::read_to_string(run.join("logs/verdict")).expect("it was judged");
    assert_eq!(measured.step("Verdict").code, verdict.trim().parse().ok(), "{}", first.story());
    assert_eq!(verdict.trim(), comparison.summary.exit_code.to_string());
    assert!(measured.summary.contains(&host), "the job's summary has the table: {}", measured.summary);

    // It is in the history, on a branch that shares nothing with the code.
    let tell = first.job("tell", None);
    assert_eq!(tell.step("Record").end, End::Success, "{}", first.story());
    let kept = runs(&github);
    assert!(kept.iter().all(|(path, _)| path.starts_with(&format!("{host}/"))), "{kept:?}");
    for document in ["report.json", "comparison.json", "watch.json"] {
        assert!(kept.iter().any(|(path, _)| path.ends_with(document)), "{document}: {kept:?}");
    }
    let folder = kept[0].0.split('/').nth(1).expect("a folder a run").to_owned();
    let commit = &report.context.git.as_ref().expect("it was built from a commit").commit;
    assert!(folder.ends_with(&format!("Z-{}", &commit[..12])), "{folder}");
    assert_eq!(github.git(&["rev-list", "--count", "refs/heads/history"]), "2", "the run, and the alarms");

    // The platform that failed is told of, loudly, and nobody is alarmed.
    let alarm = tell.step("Alarm");
    assert_eq!(alarm.code, Some(4), "{}", first.story());
    assert!(tell.summary.contains(other), "{}", tell.summary);
    assert!(github.repository.issues().is_empty());

    // The second night: this machine's run comes once more, and the other one has a regression.
    let leaves = regressed(&github, other);
    let second = played(&github, &platforms, &|id, matrix| match id {
        "measure" if matrix["platform"] == other => Part::Leaves(vec![(format!("nightly-{other}"), leaves.clone())]),
        "measure" => Part::Leaves(vec![(format!("nightly-{host}"), run.clone())]),
        _ => Part::Played,
    });
    let tell = second.job("tell", None);
    assert_eq!(tell.end, End::Success, "{}", second.story());
    let more = runs(&github);
    assert!(kept.iter().all(|entry| more.contains(entry)), "what was kept is kept as it was");
    assert_eq!(more.len(), kept.len() + 3, "only the other platform's documents are new: {more:?}");
    assert_eq!(github.git(&["rev-list", "--count", "refs/heads/history"]), "4");

    // One issue, with the figures that a person reads.
    let issues = github.repository.issues();
    let [issue] = issues.as_slice() else { panic!("one issue, not {issues:?}") };
    assert!(issue.labels.iter().any(|label| label == &format!("platform:{other}")), "{:?}", issue.labels);
    assert!(issue.labels.iter().any(|label| label == "tidegauge"), "{:?}", issue.labels);
    assert!(issue.body.as_ref().is_some_and(|body| body.contains(bench::CASE)), "{:?}", issue.body);

    // The third night: the same again changes nothing that is kept, and opens nothing.
    let third = played(&github, &platforms, &|id, matrix| match id {
        "measure" if matrix["platform"] == other => Part::Leaves(vec![(format!("nightly-{other}"), leaves.clone())]),
        "measure" => Part::Lost,
        _ => Part::Played,
    });
    assert_eq!(runs(&github), more);
    assert_eq!(alarms(&github), 3, "how right the alarms were is kept each night");
    assert_eq!(github.repository.issues().len(), 1);
    assert_eq!(third.job("tell", None).step("Alarm").code, Some(4), "{}", third.story());
}

#[test]
fn a_night_of_another_branch_tells_nobody() {
    let github = Github::with_working_tree();
    let event = Event { reference: "refs/heads/topic".to_owned(), ..by_hand(&github, &[&host()]) };
    github.git(&["update-ref", "refs/heads/topic", &event.sha]);
    let night = player::play(&github, &workflow::all()["nightly.yml"], &event, &|id, _| {
        if id == "measure" { Part::Lost } else { Part::Played }
    });
    assert!(night.jobs.iter().all(|job| job.id != "tell"), "{}", night.story());
    assert!(github.commit_at("refs/heads/history").is_none() && github.fake.requests().is_empty());
}

/// A night in which no platform leaves anything.
fn lost(github: &Github, event: &Event) -> Played {
    player::play(github, &workflow::all()["nightly.yml"], event, &|id, _| {
        if id == "measure" { Part::Lost } else { Part::Played }
    })
}

#[test]
fn a_night_of_the_default_branch_is_told_whatever_its_name_is() {
    let github = Github::with_working_tree();
    let trunk = json!({ "repository": { "default_branch": "trunk", "fork": false } });
    let event =
        Event { payload: trunk.clone(), reference: "refs/heads/trunk".to_owned(), ..by_hand(&github, &[&host()]) };
    github.git(&["update-ref", "refs/heads/trunk", &event.sha]);
    let night = lost(&github, &event);
    assert!(night.jobs.iter().any(|job| job.id == "tell"), "{}", night.story());
    let night = lost(&github, &Event { payload: trunk, ..by_hand(&github, &[&host()]) });
    assert!(night.jobs.iter().all(|job| job.id != "tell"), "main is but a branch: {}", night.story());
}

#[test]
fn a_fork_is_measured_by_hand_alone() {
    let github = Github::with_working_tree();
    let payload = json!({ "schedule": "0 4 * * *", "repository": { "default_branch": "main", "fork": true } });
    let by_hand = Event { payload: payload.clone(), ..by_hand(&github, &[&host()]) };
    assert!(lost(&github, &by_hand).jobs.iter().any(|job| job.id == "measure"));
    let at_four = Event { name: "schedule", payload, inputs: Map::new(), ..by_hand };
    let night = lost(&github, &at_four);
    assert!(night.jobs.is_empty(), "{}", night.story());
}

#[test]
fn a_slip_in_a_block_is_seen() {
    let github = Github::with_working_tree();
    let text = fs::read_to_string(workflow::root().join(".github/workflows/nightly.yml")).expect("it is there");
    let slip = text.replace("scripts/nightly.sh plan", "scripts/nightly.sh plam");
    assert_ne!(text, slip);
    let slip = workflow::Workflow::read(&slip).expect("it is a workflow all the same");
    let night = player::play(&github, &slip, &by_hand(&github, &[&host()]), &|_, _| Part::Played);
    assert_eq!(night.job("plan", None).step("Plan").code, Some(2), "{}", night.story());
    assert_eq!((night.end, night.jobs.len()), (End::Failure, 1), "nothing comes after it");
}
