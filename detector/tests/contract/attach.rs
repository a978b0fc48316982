//! `detector attach` against the fake: files of a release, each there once and whole.

use std::{fs, path::PathBuf};

use assert_cmd::assert::Assert;
use tempfile::TempDir;

use crate::{
    fake::{Fake, Fault, Repository},
    program::{TOKEN, run_with, stderr, stdout},
    stage::{Stage, scenarios},
};

/// Attaches `report.json` and `pair.json`, which are written down first.
fn attach_two(stage: &Stage<'_>, code: i32) {
    fs::write(stage.path("report.json"), "{\"a\":1}").expect("the scenario's folder");
    fs::write(stage.path("pair.json"), "{}").expect("the scenario's folder");
    let repo = stage.repository.full_name();
    stage.detector(&["attach", "--repo", &repo, "--release", "v1.0.0", "report.json", "pair.json"]).ends(code);
}

/// The names and contents of the only release.
fn kept(repository: &Repository) -> Vec<(String, String)> {
    let release = repository.releases().remove(0);
    let each = release.assets.into_iter().map(|asset| {
        assert!(asset.is_whole, "{} is there in part", asset.name);
        (asset.name, String::from_utf8(asset.content).expect("text"))
    });
    each.collect()
}

/// What `attach_two` attaches.
fn both() -> Vec<(String, String)> {
    [("report.json", "{\"a\":1}"), ("pair.json", "{}")]
        .map(|(name, content)| (name.to_owned(), content.to_owned()))
        .to_vec()
}

fn files_are_attached_and_then_left_alone(stage: &Stage<'_>) {
    stage.repository.add_release("v1.0.0", &[]);
    attach_two(stage, 0);
    assert_eq!(kept(&stage.repository), both());
    let before = stage.repository.writes().len();
    attach_two(stage, 0);
    assert_eq!((kept(&stage.repository), stage.repository.writes().len()), (both(), before));
}

fn what_broke_off_is_replaced_by_the_whole(stage: &Stage<'_>) {
    stage.repository.add_release("v1.0.0", &[]);
    stage.repository.fault_on("POST releases/*/assets", 1, Fault::HalfUploaded);
    attach_two(stage, 0);
    assert_eq!(kept(&stage.repository), both());
}

fn another_file_of_the_name_is_left_and_told(stage: &Stage<'_>) {
    stage.repository.add_release("v1.0.0", &[("report.json", b"another")]);
    attach_two(stage, 5);
    let expected = [("report.json", "another"), ("pair.json", "{}")];
    assert_eq!(kept(&stage.repository), expected.map(|(name, content)| (name.to_owned(), content.to_owned())));
}

scenarios! {
    files_are_attached_and_then_left_alone,
    what_broke_off_is_replaced_by_the_whole,
    another_file_of_the_name_is_left_and_told,
}

/// A fake with a release, and a folder with two files.
struct Desk {
    fake: Fake,
    repository: Repository,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self::without_release();
        desk.repository.add_release("v1.0.0", &[]);
        desk
    }

    fn without_release() -> Self {
        let fake = Fake::start();
        let repository = fake.repository("tide/gauge");
        let desk = Self { fake, repository, folder: TempDir::new().expect("a folder") };
        desk.write("report.json", "{\"a\":1}");
        desk.write("pair.json", "{}");
        desk
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is ours");
        fs::write(&path, text).expect("it is written");
        path
    }

    fn attach_with(&self, token: Option<&str>, names: &[&str], arguments: &[&str]) -> Assert {
        let paths: Vec<String> =
            names.iter().map(|name| self.folder.path().join(name).to_str().expect("a plain path").to_owned()).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        run_with(&self.fake, token, &[&["attach", "--repo", "tide/gauge"], &paths[..], arguments].concat())
    }

    fn attach_to(&self, tag: &str, names: &[&str]) -> Assert {
        self.attach_with(Some(TOKEN), names, &["--release", tag])
    }

    fn attach(&self, names: &[&str]) -> Assert {
        self.attach_to("v1.0.0", names)
    }

    fn attach_two(&self) -> Assert {
        self.attach(&["report.json", "pair.json"])
    }
}

#[test]
fn what_is_done_is_told_a_line_a_file() {
    let desk = Desk::new();
    desk.attach(&["report.json"]).code(0);
    let said = stdout(&desk.attach_two().code(0));
    let expected =
        "report.json was attached already to the release v1.0.0\npair.json is attached to the release v1.0.0\n";
    assert_eq!(said, expected);
}

#[test]
fn every_file_is_there_once_and_whole_whatever_happens_to_the_requests() {
    let faults = [
        Fault::Status(502),
        Fault::RetryAfter(429, 0),
        Fault::DroppedBefore,
        Fault::DroppedAfter,
        Fault::HalfUploaded,
        Fault::Garbage,
        Fault::Truncated,
    ];
    for fault in faults {
        let desk = Desk::new();
        desk.fake.fault_on("POST */assets", 1, fault.clone());
        desk.attach_two().code(0);
        assert_eq!(kept(&desk.repository), both(), "{fault:?}");
    }
}

#[test]
fn another_file_of_the_same_size_is_another_file() {
    let desk = Desk::new();
    desk.attach(&["report.json"]).code(0);
    desk.write("report.json", "{\"b\":2}");
    let said = stderr(&desk.attach(&["report.json"]).code(5));
    assert!(said.contains("another file of that name is there (7 bytes; this one has 7)"), "{said}");
}

#[test]
fn what_github_refuses_stops_no_other_file() {
    let desk = Desk::new();
    desk.fake.fault_on("POST */assets", 1, Fault::Refused(403, "Resource not accessible by integration"));
    let assert = desk.attach_two().code(5);
    assert_eq!(stdout(&assert), "pair.json is attached to the release v1.0.0\n");
    assert!(
        stderr(&assert).contains("uploading report.json to the release v1.0.0 in tide/gauge"),
        "{}",
        stderr(&assert)
    );
}

#[test]
fn a_github_that_is_away_ends_in_5() {
    let desk = Desk::new();
    desk.fake.fault_on("*", 1000, Fault::Status(503));
    let said = stderr(&desk.attach_two().code(5));
    assert!(said.contains("it answered 503"), "{said}");
}

#[test]
fn a_release_that_is_not_there_is_not_made() {
    let desk = Desk::without_release();
    let said = stderr(&desk.attach_two().code(5));
    assert!(said.contains("the release v1.0.0 in tide/gauge: there is none that is published"), "{said}");
    assert!(desk.repository.releases().is_empty());
}

#[test]
fn a_dry_run_prints_the_requests_and_sends_none() {
    let desk = Desk::new();
    let dry = ["--release", "v1.0.0", "--dry-run"];
    let said = stdout(&desk.attach_with(None, &["report.json"], &dry).code(0));
    let expected = "POST /repos/tide/gauge/releases/0/assets?name=report.json\n(7 bytes, application/octet-stream)\n\n";
    assert_eq!(said, expected);
    assert!(desk.fake.requests().is_empty());

    desk.attach(&["report.json"]).code(0);
    let before = desk.repository.writes().len();
    let said = stdout(&desk.attach_with(Some(TOKEN), &["report.json", "pair.json"], &dry).code(0));
    assert!(said.contains("assets?name=pair.json") && !said.contains("report.json"), "{said}");
    assert_eq!(desk.repository.writes().len(), before);
}

#[test]
fn without_a_token_nothing_is_tried() {
    let desk = Desk::new();
    let said = stderr(&desk.attach_with(None, &["report.json"], &["--release", "v1.0.0"]).code(2));
    assert!(said.contains("there is no token"), "{said}");
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn what_cannot_be_kept_under_its_name_is_refused_before_anything_is_sent() {
    let desk = Desk::new();
    desk.write("empty.json", "");
    desk.write("with space.json", "{}");
    desk.write(".hidden", "{}");
    desk.write("other/report.json", "{}");
    for (names, problem) in [
        (&["report.json", "missing.json"][..], "missing.json; check the path"),
        (&["empty.json"], "it is empty"),
        (&["with space.json"], "GitHub would change its name"),
        (&[".hidden"], "GitHub would change its name"),
        (&["other"], "it is no file"),
        (&["report.json", "other/report.json"], "two of the files are named report.json"),
    ] {
        let said = stderr(&desk.attach(names).code(2));
        assert!(said.contains(problem), "{names:?}: {said}");
    }
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_tag_is_a_tag() {
    let desk = Desk::new();
    for bad in ["", "a b", "../x", "v1\u{7}", "/v1"] {
        desk.attach_to(bad, &["report.json"]).code(2);
    }
    desk.repository.add_release("release/2.0", &[]);
    desk.attach_to("release/2.0", &["report.json"]).code(0);
    assert_eq!(desk.repository.releases()[1].assets.len(), 1);
}
