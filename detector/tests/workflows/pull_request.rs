//! `pull-request.yml` and `comment.yml`, played: a fork's pull request, a second push to it, and what becomes of artifacts
//! that somebody made by hand.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use schema::{comparison::Comparison, file};
use serde_json::{Map, Value, json};

use crate::{
    audit::audit,
    bench,
    fake::{Account, Issue, Pull},
    github::{Github, REPOSITORY},
    player::{self, End, Event, Part, Played, host},
    workflow,
};

const FORK: &str = "stranger/gauge";
const BRANCH: &str = "topic";
const MAIN: &str = "refs/heads/main";

/// A stranger's pull request to the working tree.
struct Asked {
    github: Github,
    number: u64,
    base: String,
    head: String,
}

impl Asked {
    /// Opened, with a change that touches no code.
    fn new() -> Self {
        let mut github = Github::with_working_tree();
        let generator = github.machines.join("stand-ins/generator").to_string_lossy().into_owned();
        github.settings.insert("GENERATOR".to_owned(), generator);
        let base = github.commit_at(MAIN).expect("it was made from the working tree");
        let head = github.commit_files(Some(&base), "refs/pull/1/head", &[("NOTES.md", "Of a stranger.\n")]);
        let pull = Pull {
            head_owner: "stranger".to_owned(),
            head_branch: BRANCH.to_owned(),
            head_sha: head.clone(),
            base_branch: "main".to_owned(),
            merged: false,
        };
        let number = github.repository.open_pull(Account::person("stranger", "NONE"), "Notes", pull);
        Self { github, number, base, head }
    }

    /// What GitHub says of the pull request.
    fn event(&self, action: &str) -> Event {
        let payload = json!({
            "action": action,
            "number": self.number,
            "pull_request": {
                "number": self.number,
                "labels": [],
                "head": { "sha": self.head, "ref": BRANCH, "repo": { "full_name": FORK, "owner": { "login": "stranger" } } },
                "base": { "sha": self.base, "ref": "main", "repo": { "full_name": REPOSITORY } },
            },
        });
        Event {
            name: "pull_request",
            payload,
            reference: format!("refs/pull/{}/merge", self.number),
            sha: self.head.clone(),
            inputs: Map::new(),
        }
    }

    /// Its measurement, of which this machine does its own part only where nothing else is left in its place.
    fn measured(&self, action: &str, left: Option<&[(String, PathBuf)]>) -> Played {
        let host = host();
        let part = |id: &str, matrix: &Value| match (id, left) {
            ("measure", _) if matrix["platform"] != host.as_str() => Part::Lost,
            ("measure", Some(left)) => Part::Leaves(left.to_vec()),
            _ => Part::Played,
        };
        let played = player::play(&self.github, &workflow::all()["pull-request.yml"], &self.event(action), &part);
        audit(&self.github, &played);
        played
    }

    /// What `comment.yml` makes of that run.
    fn told(&self, measured: &Played) -> Played {
        let payload = json!({
            "action": "completed",
            "workflow_run": {
                "id": measured.run,
                "event": "pull_request",
                "conclusion": if measured.end == End::Success { "success" } else { "failure" },
                "head_sha": self.head,
                "head_branch": BRANCH,
                "head_repository": { "full_name": FORK, "owner": { "login": "stranger" } },
                // GitHub names none for a fork.
                "pull_requests": [],
            },
        });
        let event = Event {
            name: "workflow_run",
            payload,
            reference: MAIN.to_owned(),
            sha: self.base.clone(),
            inputs: Map::new(),
        };
        let played = player::play(&self.github, &workflow::all()["comment.yml"], &event, &|_, _| Part::Played);
        audit(&self.github, &played);
        played
    }

    fn pull(&self) -> Issue {
        self.github.repository.issue(self.number)
    }

    /// What becomes of a comparison that `make` puts into the folder of this machine's artifact.
    fn of_artifact(&self, make: impl FnOnce(&Path)) -> Played {
        let folder = self.github.scratch();
        make(&folder);
        self.told(&self.measured("synchronize", Some(&[(format!("pull-request-{}", host()), folder)])))
    }
}

/// A comparison as a stranger could write it: the case has any name.
fn named(case: &str) -> Comparison {
    let mut pair = bench::pair(bench::calmly_beside(1.5));
    let row = pair.cases.remove(bench::CASE).expect("its case");
    pair.cases.insert(case.to_owned(), row);
    pair.platform = host().parse().expect("a platform");
    bench::paired(&pair)
}

fn write(folder: &Path, comparison: &Comparison) {
    file::write(&folder.join("comparison.json"), comparison).expect("the folder is ours");
}

/// The last comment on the pull request, which is the only one.
#[track_caller]
fn only_comment(asked: &Asked) -> String {
    let comments = asked.pull().comments;
    assert_eq!(comments.len(), 1, "{comments:?}");
    comments[0].body.clone()
}

#[test]
fn a_fork_is_measured_without_a_token_and_told_in_one_comment() {
    let asked = Asked::new();
    let host = host();
    let measured = asked.measured("opened", None);
    let job = measured.job("measure", Some(&host));
    assert_eq!(job.step("Measure side by side").end, End::Success, "{}", measured.story());
    assert_eq!(job.step("Keep the comparison").end, End::Success, "{}", measured.story());
    assert!(job.started.iter().any(|it| it.line.starts_with("generator pair") && it.line.contains("--profile quick")));
    // Nothing of the fork's run has written anything, and none of its tokens may.
    assert!(asked.github.repository.writes().is_empty());
    let told = asked.told(&measured);
    assert_eq!(told.end, End::Success, "{}", told.story());
    let first = only_comment(&asked);
    assert!(first.contains(&host), "{first}");
    // It was the default branch whose detector told it.
    let log = &told.job("comment", None).step("Check out the default branch").log;
    assert!(log.contains(&asked.base) && !log.contains(&asked.head), "{log}");

    // A second push is told in the same place.
    let again = asked.of_artifact(|folder| write(folder, &named("dot_f32/avx2/n10000")));
    assert_eq!(again.end, End::Success, "{}", again.story());
    let second = only_comment(&asked);
    assert_ne!(first, second);
    assert!(second.contains("dot_f32/avx2/n10000"), "{second}");

    // One that could not be measured leaves no figures there that would be taken for its own.
    let broken = asked.told(&asked.measured("synchronize", Some(&[])));
    assert_eq!(broken.end, End::Success, "{}", broken.story());
    let third = only_comment(&asked);
    assert!(third.contains("Nothing could be measured of `") && !third.contains("dot_f32"), "{third}");

    // A run of a commit that was overtaken, or of another event, tells nothing.
    let late = Asked { head: asked.base.clone(), ..asked };
    let told = late.of_artifact(|folder| write(folder, &named("sum_f32/avx2/n10000")));
    assert_eq!(told.end, End::Success, "{}", told.story());
    assert_eq!(only_comment(&late), third);
}

#[test]
fn an_artifact_that_somebody_made_by_hand_is_read_as_what_it_is() {
    let asked = Asked::new();
    let secret = asked.github.scratch().join("secret");
    fs::write(&secret, serde_json::to_string(&named("stolen_f32/secret/n1")).expect("a document has a JSON"))
        .expect("the folder is ours");
    let refused = |what: &str, reason: &str, make: &dyn Fn(&Path)| {
        let told = asked.of_artifact(make);
        let step = told.job("comment", None).step("Comment");
        println!("--- {what}: exit {:?}\n{}", step.code, step.log);
        assert_eq!(step.code, Some(2), "{what}: {}", told.story());
        assert!(step.log.contains(reason), "{what}: {}", step.log);
        assert!(!step.log.contains("stolen"), "{what}: {}", step.log);
        assert!(asked.pull().comments.is_empty(), "{what}: {:?}", asked.pull().comments);
    };
    refused("a link to a file of the machine", "link", &|folder| {
        symlink(&secret, folder.join("comparison.json")).expect("the folder is ours");
    });
    refused("a file of 17 MiB", "16 MiB", &|folder| {
        let file = File::create(folder.join("comparison.json")).expect("the folder is ours");
        file.set_len(17 << 20).expect("the disk has room");
    });
    refused("a document of another kind", "comparison.json", &|folder| {
        let report = bench::report(9, bench::around(1.0));
        file::write(&folder.join("report.json"), &report).expect("the folder is ours");
        fs::rename(folder.join("report.json"), folder.join("comparison.json")).expect("both are ours");
    });
    refused("a folder", "comparison.json", &|folder| {
        fs::create_dir(folder.join("comparison.json")).expect("the folder is ours");
    });
    refused("no JSON, but a command to the runner", "comparison.json", &|folder| {
        fs::write(folder.join("comparison.json"), "::add-mask::x\n::set-env name=PATH::/tmp\n")
            .expect("the folder is ours");
    });
}

#[test]
fn names_of_artifacts_and_files_lead_nowhere() {
    let asked = Asked::new();
    let folder = asked.github.scratch();
    write(&folder, &named("dot_f32/avx2/n10000"));
    // Names that GitHub takes, some of which a careless script would take for commands, options or other places.
    let names = [
        "pull-request-$(touch pwned)",
        "pull-request-;touch pwned",
        "pull-request-..",
        "pull-request-",
        "pull-request---repo=a",
    ];
    let mut left: Vec<(String, PathBuf)> = names.iter().map(|name| ((*name).to_owned(), folder.clone())).collect();
    // The right name with other files in it.
    let odd = asked.github.scratch();
    for name in ["..comparison.json", "--help", "$(touch pwned).json", "comparison.json\n--repo=a"] {
        fs::copy(folder.join("comparison.json"), odd.join(name)).expect("the folder is ours");
    }
    left.push((format!("pull-request-{}", host()), odd));
    let told = asked.told(&asked.measured("synchronize", Some(&left)));
    let step = told.job("comment", None).step("Comment");
    println!("--- names: exit {:?}\n{}", step.code, step.log);
    assert_eq!(step.code, Some(0), "{}", told.story());
    assert!(step.log.contains("no comment is there that says otherwise"), "{}", step.log);
    assert!(asked.pull().comments.is_empty() && asked.github.repository.writes().is_empty());
    let pwned = walk(&asked.github.machines).into_iter().find(|path| path.ends_with("pwned"));
    assert_eq!(pwned, None);
}

/// All files below a folder that are not what cargo or git wrote.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && entry.file_name() != ".git" {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_case_cannot_speak_as_anybody_else() {
    let asked = Asked::new();
    let case =
        "@everyone/<img src=x onerror=alert(1)>/--> ![x](http://evil.example/p.png) \u{202e}|`x` ::error::owned #1";
    let mut comparison = named("dot_f32/avx2/n10000");
    for row in &mut comparison.rows {
        case.clone_into(&mut row.case);
        row.reason = format!("{}\n::stop-commands::x\n<!-- tidegauge {{\"v\":1}} -->\n@keeper", row.reason);
    }
    let told = asked.of_artifact(|folder| {
        // As a stranger writes it: past our own writer, which would refuse what it would not read.
        let text = serde_json::to_string(&comparison).expect("a document has a JSON");
        fs::write(folder.join("comparison.json"), text).expect("the folder is ours");
    });
    let step = told.job("comment", None).step("Comment");
    println!("--- smuggled words: exit {:?}\n{}", step.code, step.log);
    assert!(step.annotations.is_empty(), "{:?}", step.annotations);
    let comments = asked.pull().comments;
    for comment in &comments {
        println!("{}", comment.body);
        let after_marker = comment.body.split_once("-->").map_or(comment.body.as_str(), |(_, rest)| rest);
        for smuggled in ["@everyone", "@keeper", "<img", "-->", "<!--", "](http", "\u{202e}"] {
            assert!(!after_marker.contains(smuggled), "{smuggled}: {after_marker}");
        }
        assert!(!after_marker.lines().any(|line| line.trim_start().starts_with("::")), "{after_marker}");
    }
    // It was taken, with its teeth drawn, or refused.
    assert_eq!((step.code, comments.len()), if step.code == Some(0) { (Some(0), 1) } else { (Some(2), 0) });
}
