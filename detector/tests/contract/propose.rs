//! `detector propose` against the fake: what moves and why, and the programs, each kept once.

use std::{fs, path::PathBuf};

use assert_cmd::assert::Assert;
use schema::{baselines::Baselines, context::Toolchain, file, report::Report};
use tempfile::TempDir;

use crate::{
    bench::{CASE, around, baselines, report, three_sessions},
    fake::{Fake, Fault, Repository},
    program::{TOKEN, run_with, stderr, stdout},
};

/// The SHA-256 of `abc`.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// A fake, and a folder with the current baselines and new ones.
struct Desk {
    fake: Fake,
    repository: Repository,
    folder: TempDir,
}

impl Desk {
    fn new(current: &Baselines, proposed: &Baselines) -> Self {
        let fake = Fake::start();
        let repository = fake.repository("tide/gauge");
        let desk = Self { fake, repository, folder: TempDir::new().expect("a folder") };
        file::write(&desk.path("current.json"), current).expect("it is written");
        file::write(&desk.path("baselines.json"), proposed).expect("it is written");
        desk
    }

    /// Baselines that a new session replaces, 40 % slower, by a program whose bytes are `abc`.
    fn slowed() -> Self {
        let desk = Self::new(&three_sessions(), &baselines([made_by_abc(1.4)]));
        fs::write(desk.path("program"), b"abc").expect("it is written");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn propose(&self, arguments: &[&str]) -> Assert {
        self.propose_with(Some(TOKEN), arguments)
    }

    fn propose_with(&self, token: Option<&str>, arguments: &[&str]) -> Assert {
        self.propose_from("refresh", "the monthly refresh", token, arguments)
    }

    fn propose_from(&self, head: &str, reason: &str, token: Option<&str>, arguments: &[&str]) -> Assert {
        let (current, proposed) = (self.path("current.json"), self.path("baselines.json"));
        let files = ["--baselines", proposed.to_str().expect("plain"), "--current", current.to_str().expect("plain")];
        let rest = ["--repo", "tide/gauge", "--head", head, "--base", "main", "--reason", reason];
        run_with(&self.fake, token, &[&["propose"], &files[..], &rest, arguments].concat())
    }

    fn propose_program(&self) -> Assert {
        let program = self.path("program");
        self.propose(&["--program", program.to_str().expect("plain")])
    }

    /// The text of the only pull request.
    #[track_caller]
    fn body(&self) -> String {
        let pulls = self.repository.pulls();
        assert_eq!(pulls.len(), 1);
        pulls[0].body.clone().expect("a text")
    }
}

fn made_by_abc(factor: f64) -> Report {
    let mut session = report(9, around(factor));
    session.context.program_sha256 = Some(ABC.to_owned());
    session
}

#[test]
fn the_pull_request_says_what_moves_by_how_much_and_why() {
    let desk = Desk::slowed();
    let said = stdout(&desk.propose(&[]).code(0));
    let pull = &desk.repository.pulls()[0];
    let ends = pull.pull.as_ref().expect("a pull request");
    assert_eq!((ends.head_branch.as_str(), ends.base_branch.as_str()), ("refresh", "main"));
    assert_eq!(pull.title, "Refresh the baselines of linux-x86_64");
    let body = desk.body();
    assert!(body.contains("`: the monthly refresh. Nothing of it counts before a person has merged it"), "{body}");
    assert!(body.contains("### linux-x86_64, `testbench.1`"), "{body}");
    assert!(body.contains(&format!("| `{CASE}` | latency_p50 | 1.00 µs | 1.40 µs | +40.0 % | **worse** |")), "{body}");
    assert!(
        body.contains(&format!("| `{CASE}` | throughput | 1.00 Gflop/s | 714 Mflop/s | -28.6 % | **worse** |")),
        "{body}"
    );
    assert!(body.contains("1 session of 1 case, the last at "), "{body}");
    assert!(body.contains("until now 3 sessions of 1 case"), "{body}");
    assert!(said.contains(&body) && said.contains("Opened the pull request from refresh to main: http"), "{said}");
}

#[test]
fn what_moves_less_than_what_warns_is_only_counted() {
    let desk = Desk::new(&three_sessions(), &baselines([made_by_abc(1.05)]));
    desk.propose(&[]).code(0);
    let body = desk.body();
    assert!(body.contains("\n0 of 4 values move by more than what warns."), "{body}");
    assert!(!body.contains("| case |"), "{body}");
}

#[test]
fn another_toolchain_is_told() {
    let toolchain = |rustc: &str| Toolchain {
        rustc: rustc.to_owned(),
        target: "x86_64-unknown-linux-gnu".to_owned(),
        rustflags: String::new(),
        profile: "release".to_owned(),
    };
    let (mut then, mut now) = (report(1, around(1.0)), report(9, around(1.0)));
    then.context.toolchain = Some(toolchain("rustc 1.94.0"));
    now.context.toolchain = Some(toolchain("rustc 1.95.0"));
    let desk = Desk::new(&baselines([then]), &baselines([now]));
    desk.propose(&[]).code(0);
    assert!(desk.body().contains("rustc is \"rustc 1.95.0\", and was \"rustc 1.94.0\"."), "{}", desk.body());
}

#[test]
fn a_first_baseline_and_one_that_goes_are_told() {
    let mut other = report(9, around(1.0));
    other.context.machine.class = Some("testbench.2".to_owned());
    let desk = Desk::new(&three_sessions(), &baselines([other]));
    desk.propose(&[]).code(0);
    let body = desk.body();
    assert!(body.contains("`testbench.1`\n\n**No longer expected here: 3 sessions of 1 case"), "{body}");
    assert!(body.contains("`testbench.2`\n\nThe first baseline here: 1 session of 1 case"), "{body}");
}

#[test]
fn cases_that_come_and_go_are_named() {
    let mut now = report(9, around(1.0));
    now.cases = [("gemm_f32/avx2/m64n64k64".to_owned(), around(1.0))].into();
    let desk = Desk::new(&three_sessions(), &baselines([now]));
    desk.propose(&[]).code(0);
    let body = desk.body();
    assert!(body.contains("Cases that come: `gemm_f32/avx2/m64n64k64`."), "{body}");
    assert!(body.contains(&format!("Cases that go: `{CASE}`.")), "{body}");
}

#[test]
fn thresholds_that_differ_are_not_passed_over() {
    let mut proposed = three_sessions();
    proposed.thresholds.critical.throughput_decrease_percent = 50.0;
    let desk = Desk::new(&three_sessions(), &proposed);
    desk.propose(&[]).code(0);
    assert_eq!(desk.repository.pulls()[0].title, "Change what counts as a regression");
    assert!(desk.body().contains("**Besides values, the thresholds differ as well.**"), "{}", desk.body());
}

#[test]
fn a_later_run_updates_the_pull_request_in_place() {
    let desk = Desk::slowed();
    desk.propose(&[]).code(0);
    file::write(&desk.path("baselines.json"), &baselines([made_by_abc(2.0)])).expect("it is written");
    assert!(stdout(&desk.propose(&[]).code(0)).contains("Updated the pull request"));
    assert!(desk.body().contains("+100.0 %"), "{}", desk.body());
    let before = desk.repository.writes().len();
    assert!(stdout(&desk.propose(&[]).code(0)).contains("Unchanged the pull request"));
    assert_eq!(desk.repository.writes().len(), before);
}

#[test]
fn the_same_baselines_are_not_proposed() {
    let mut same = three_sessions();
    same.updated = "2026-03-01T00:00:00Z".parse().expect("a time");
    let desk = Desk::new(&three_sessions(), &same);
    assert!(stdout(&desk.propose(&[]).code(0)).contains("nothing to propose"));
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_program_is_kept_under_its_hash_and_once() {
    let desk = Desk::slowed();
    desk.propose_program().code(0);
    desk.propose_program().code(0);
    let releases = desk.repository.releases();
    assert_eq!((releases.len(), releases[0].tag.as_str(), releases[0].prerelease), (1, "baseline-programs", true));
    let kept: Vec<(&str, &[u8])> =
        releases[0].assets.iter().map(|asset| (asset.name.as_str(), asset.content.as_slice())).collect();
    assert_eq!(kept, [(format!("generator-{ABC}").as_str(), b"abc".as_slice())]);
    assert_eq!(
        desk.fake.requests().iter().filter(|one| one.line().contains("assets") && one.request.is_write()).count(),
        1
    );
}

#[test]
fn programs_join_those_of_earlier_baselines() {
    let desk = Desk::slowed();
    desk.repository.add_release("baseline-programs", &[("generator-other", b"other")]);
    desk.propose_program().code(0);
    let releases = desk.repository.releases();
    assert_eq!((releases.len(), releases[0].assets.len()), (1, 2));
}

#[test]
fn a_program_that_made_none_of_the_baselines_is_not_published() {
    let desk = Desk::slowed();
    fs::write(desk.path("program"), b"another").expect("it is written");
    let assert = desk.propose_program().code(0);
    assert!(stderr(&assert).contains("it made none of the new baselines"), "{}", stderr(&assert));
    assert!(desk.repository.releases().is_empty());
}

#[test]
fn a_program_that_is_not_what_its_name_says_is_refused() {
    let desk = Desk::slowed();
    let path = desk.path(&format!("generator-{ABC}"));
    fs::write(&path, b"another").expect("it is written");
    let assert = desk.propose(&["--program", path.to_str().expect("plain")]).code(2);
    assert!(stderr(&assert).contains("and not what it is named by"), "{}", stderr(&assert));
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn everything_is_made_once_whatever_happens_to_the_requests() {
    let faults = [
        Fault::Status(502),
        Fault::RetryAfter(429, 0),
        Fault::DroppedBefore,
        Fault::DroppedAfter,
        Fault::Garbage,
        Fault::Truncated,
    ];
    for fault in faults {
        for pattern in ["POST */releases", "POST */assets", "POST */pulls"] {
            let desk = Desk::slowed();
            desk.fake.fault_on(pattern, 1, fault.clone());
            desk.propose_program().code(0);
            assert_eq!(desk.repository.pulls().len(), 1, "{pattern} {fault:?}");
            let releases = desk.repository.releases();
            assert_eq!((releases.len(), releases[0].assets.len()), (1, 1), "{pattern} {fault:?}");
            assert_eq!(releases[0].assets[0].content, b"abc", "{pattern} {fault:?}");
        }
    }
}

#[test]
fn a_github_that_is_away_ends_in_5() {
    let desk = Desk::slowed();
    desk.fake.fault_on("*", 1000, Fault::Status(503));
    let said = stderr(&desk.propose_program().code(5));
    assert!(said.contains("it answered 503"), "{said}");
}

#[test]
fn a_dry_run_prints_the_requests_and_sends_none() {
    let desk = Desk::slowed();
    let program = desk.path("program");
    let arguments = ["--dry-run", "--program", program.to_str().expect("plain")];
    let said = stdout(&desk.propose_with(None, &arguments).code(0));
    assert!(desk.fake.requests().is_empty());
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("POST ")).collect();
    let expected = [
        "POST /repos/tide/gauge/releases",
        &format!("POST /repos/tide/gauge/releases/0/assets?name=generator-{ABC}"),
        "POST /repos/tide/gauge/pulls",
    ];
    assert_eq!(lines, expected);
    assert!(said.contains("(3 bytes, application/octet-stream)"), "{said}");
    desk.propose(&["--dry-run"]).code(0);
    assert!(desk.repository.writes().is_empty());
}

#[test]
fn nothing_of_the_files_or_the_reason_is_a_mention_a_link_or_a_tag() {
    let name = "@keeper <img src=x> [a](https://evil.example) | #1 `x` -->";
    let mut now = report(9, around(1.0));
    now.cases = [(name.to_owned(), around(1.0))].into();
    now.context.git.as_mut().expect("git").commit = "@keeper".to_owned();
    let desk = Desk::new(&three_sessions(), &baselines([now]));
    desk.propose_from("refresh", "@keeper asked, see #1, <b>", Some(TOKEN), &[]).code(0);
    for smuggled in ["@keeper", "<img", "<b>", "](https://evil", " #1"] {
        assert!(!desk.body().contains(smuggled), "{smuggled} in {}", desk.body());
    }
}

#[test]
fn a_branch_is_a_branch_of_that_repository() {
    let desk = Desk::slowed();
    for bad in ["other:refresh", "", "a b", "../x"] {
        desk.propose_from(bad, "a test", Some(TOKEN), &[]).code(2);
    }
}
