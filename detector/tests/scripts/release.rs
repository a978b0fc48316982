//! `scripts/release.sh`: a release's archives and reports, with the real detector beside the fake GitHub.

use std::{fmt::Write as _, fs, os::unix::fs::symlink, process::Command};

use sha2::{Digest, Sha256};

use super::place::{Place, ended};
use crate::fake::{Fake, Fault, Repository};

/// A GitHub with a release, and the reports of a platform.
struct Desk {
    fake: Fake,
    repository: Repository,
    place: Place,
}

impl Desk {
    fn new() -> Self {
        Self::with(&[])
    }

    /// One whose release has files already.
    fn with(assets: &[(&str, &[u8])]) -> Self {
        let fake = Fake::start();
        let repository = fake.repository("tide/gauge");
        repository.add_release("v1.0.0", assets);
        let desk = Self { fake, repository, place: Place::new() };
        desk.place.write("runs/release-linux-x86_64/report.json", "{\"a\":1}");
        for key in ["linux-aarch64", "linux-x86_64", "macos-aarch64"] {
            desk.pack(key, "1.0.0");
        }
        desk
    }

    /// What scripts/package.sh leaves of a platform.
    fn pack(&self, key: &str, version: &str) {
        let (archive, content) = (format!("tidegauge-{version}-{key}.tar.gz"), format!("programs for {key}"));
        let mut digits = String::new();
        for byte in Sha256::digest(&content) {
            let _ = write!(digits, "{byte:02x}");
        }
        self.place.write(&format!("packages/package-{key}/{archive}"), &content);
        self.place.write(&format!("packages/package-{key}/{archive}.sha256"), &format!("{digits}  {archive}\n"));
    }

    /// The script, with a detector that has little patience.
    fn release(&self, expected: &str) -> Command {
        let place = &self.place;
        let detector = place.detector();
        let impatient =
            format!("verb=$1\nshift\nexec '{}' \"$verb\" --patience 4s --pause 0 \"$@\"", detector.display());
        let mut command = place.script("release.sh", &[]);
        command.env("DETECTOR", place.program("detector", &impatient)).env("RUNS", place.path("runs"));
        command.env("PACKAGES", place.path("packages"));
        command.env("EXPECT", expected).env("RELEASE", "v1.0.0").env("GITHUB_REPOSITORY", "tide/gauge");
        command.env("GITHUB_TOKEN", "ghs_secret").env("GITHUB_API_URL", self.fake.api_url());
        command
    }

    /// What the release keeps beside the archives.
    fn kept(&self) -> Vec<(String, String)> {
        self.all().into_iter().filter(|(name, _)| !name.starts_with("tidegauge-")).collect()
    }

    /// The names of the archives, with their sums.
    fn archives(&self) -> Vec<String> {
        self.all().into_iter().map(|(name, _)| name).filter(|name| name.starts_with("tidegauge-")).collect()
    }

    /// What the release keeps.
    fn all(&self) -> Vec<(String, String)> {
        let release = self.repository.releases().remove(0);
        let each = release.assets.into_iter().map(|asset| {
            assert!(asset.is_whole, "{} is there in part", asset.name);
            (asset.name, String::from_utf8(asset.content).expect("text"))
        });
        each.collect()
    }

    /// Its names alone.
    fn names(&self) -> Vec<String> {
        self.kept().into_iter().map(|(name, _)| name).collect()
    }
}

#[test]
fn every_document_is_attached_under_its_platform() {
    let desk = Desk::new();
    desk.place.write("runs/release-linux-x86_64/comparison.json", "{}");
    desk.place.write("runs/release-macos-aarch64/report.json", "{\"b\":2}");
    desk.place.write("runs/release-macos-aarch64/watch.json", "{}");
    let (stdout, stderr) = ended(&mut desk.release("linux-x86_64,macos-aarch64"), 0);
    let expected = [
        ("report-linux-x86_64.json", "{\"a\":1}"),
        ("comparison-linux-x86_64.json", "{}"),
        ("report-macos-aarch64.json", "{\"b\":2}"),
    ];
    assert_eq!(desk.kept(), expected.map(|(name, content)| (name.to_owned(), content.to_owned())));
    assert!(stdout.contains("report-macos-aarch64.json is attached to the release v1.0.0\n"), "{stdout}");
    assert!(!format!("{stdout}{stderr}").contains("ghs_secret"));
}

#[test]
fn a_report_whose_upload_broke_off_is_not_taken_for_attached() {
    let desk = Desk::new();
    desk.fake.fault_on("POST */assets", 1, Fault::HalfUploaded);
    ended(&mut desk.release("linux-x86_64"), 0);
    assert_eq!(desk.kept(), [("report-linux-x86_64.json".to_owned(), "{\"a\":1}".to_owned())]);
}

#[test]
fn what_is_there_is_left_alone() {
    let desk = Desk::new();
    ended(&mut desk.release("linux-x86_64"), 0);
    let before = desk.repository.writes().len();
    let (stdout, _) = ended(&mut desk.release("linux-x86_64"), 0);
    let files = [
        "report-linux-x86_64.json",
        "tidegauge-1.0.0-linux-x86_64.tar.gz",
        "tidegauge-1.0.0-linux-x86_64.tar.gz.sha256",
    ];
    assert_eq!(stdout, files.map(|file| format!("{file} was attached already to the release v1.0.0\n")).concat());
    assert_eq!(desk.repository.writes().len(), before);
}

#[test]
fn what_github_refuses_ends_in_5_after_the_others() {
    let desk = Desk::new();
    desk.place.write("runs/release-linux-x86_64/pair.json", "{}");
    desk.fake.fault_on("POST */assets", 1, Fault::Refused(403, "Resource not accessible by integration"));
    // Worse than a platform without a report, which is told as well.
    let (_, stderr) = ended(&mut desk.release("linux-aarch64,linux-x86_64"), 5);
    assert_eq!(desk.names(), ["pair-linux-x86_64.json"]);
    assert!(stderr.contains("uploading report-linux-x86_64.json to the release v1.0.0"), "{stderr}");
    assert!(stderr.contains("linux-aarch64 left no report"), "{stderr}");
}

#[test]
fn a_platform_without_a_report_ends_in_4_after_the_others() {
    let desk = Desk::new();
    let (_, stderr) = ended(&mut desk.release("linux-aarch64,linux-x86_64"), 4);
    assert_eq!(desk.names(), ["report-linux-x86_64.json"]);
    assert!(stderr.contains("linux-aarch64 left no report"), "{stderr}");
}

#[test]
fn every_archive_is_attached_with_its_sum() {
    let desk = Desk::new();
    desk.place.write("runs/release-macos-aarch64/report.json", "{}");
    ended(&mut desk.release("linux-x86_64,macos-aarch64"), 0);
    let names = ["linux-x86_64", "macos-aarch64"].map(|key| {
        let archive = format!("tidegauge-1.0.0-{key}.tar.gz");
        [archive.clone(), format!("{archive}.sha256")]
    });
    let mut attached = desk.archives();
    attached.sort();
    assert_eq!(attached, names.concat());
}

#[test]
fn a_sum_does_not_come_beside_another_archive() {
    let archive = "tidegauge-1.0.0-linux-x86_64.tar.gz";
    // What a run attached that broke off then.
    let desk = Desk::with(&[(archive, b"programs of another linker")]);
    let (_, stderr) = ended(&mut desk.release("linux-x86_64"), 5);
    assert_eq!(desk.archives(), [archive]);
    assert!(stderr.contains(&format!("{archive}.sha256 is left out, since {archive} is")), "{stderr}");
}

#[test]
fn a_platform_without_an_archive_ends_in_4_after_the_others() {
    let desk = Desk::new();
    fs::remove_dir_all(desk.place.path("packages/package-linux-x86_64")).expect("it is there");
    let (_, stderr) = ended(&mut desk.release("linux-x86_64"), 4);
    assert_eq!((desk.names(), desk.archives()), (vec!["report-linux-x86_64.json".to_owned()], Vec::new()));
    assert!(stderr.contains("linux-x86_64 left no tidegauge-1.0.0-linux-x86_64.tar.gz"), "{stderr}");
}

#[test]
fn an_archive_of_another_version_is_not_the_releases() {
    let desk = Desk::new();
    fs::remove_dir_all(desk.place.path("packages/package-linux-x86_64")).expect("it is there");
    desk.pack("linux-x86_64", "0.9.0");
    ended(&mut desk.release("linux-x86_64"), 4);
    assert_eq!(desk.archives(), Vec::<String>::new());
}

#[test]
fn an_archive_that_is_not_what_its_sum_says_is_not_attached() {
    let desk = Desk::new();
    desk.place.write("packages/package-linux-x86_64/tidegauge-1.0.0-linux-x86_64.tar.gz", "half of it");
    let (_, stderr) = ended(&mut desk.release("linux-x86_64"), 4);
    assert_eq!(desk.archives(), Vec::<String>::new());
    assert!(stderr.contains("is not that of its .sha256"), "{stderr}");
}

#[test]
fn without_anything_to_attach_nothing_is_asked_of_github() {
    let desk = Desk::new();
    fs::remove_dir_all(desk.place.path("packages")).expect("it is there");
    ended(&mut desk.release("linux-aarch64"), 4);
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_link_in_a_run_publishes_nothing() {
    let desk = Desk::new();
    let secret = desk.place.write("secret.json", "{}");
    let runs = desk.place.path("runs");
    symlink(&secret, runs.join("release-linux-x86_64/pair.json")).expect("a link");
    fs::create_dir(runs.join("release-linux-aarch64")).expect("a folder");
    symlink(&secret, runs.join("release-linux-aarch64/report.json")).expect("a link");
    symlink(runs.join("release-linux-x86_64"), runs.join("release-macos-aarch64")).expect("a link");
    ended(&mut desk.release("linux-aarch64,linux-x86_64,macos-aarch64"), 4);
    assert_eq!(desk.names(), ["report-linux-x86_64.json"]);
}

#[test]
fn without_a_token_nothing_is_tried() {
    let desk = Desk::new();
    let (_, stderr) = ended(desk.release("linux-x86_64").env_remove("GITHUB_TOKEN"), 2);
    assert!(stderr.contains("GITHUB_TOKEN"), "{stderr}");
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn what_is_not_set_is_no_verdict() {
    for name in ["EXPECT", "RELEASE", "GITHUB_REPOSITORY"] {
        let (_, stderr) = ended(Desk::new().release("linux-x86_64").env_remove(name), 2);
        assert!(stderr.contains(&format!("error: set {name} to ")), "{stderr}");
    }
}
