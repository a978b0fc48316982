//! `detector comment` against the fake: one comment, updated in place, of comparisons that may be anybody's.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::PathBuf,
    thread,
};

use assert_cmd::{Command, assert::Assert};
use schema::{comparison::Comparison, file};
use tempfile::TempDir;

use crate::{
    bench::{around, compared, report, three_sessions},
    fake::{Account, Fake, Fault, Pull, Repository},
    program::{TOKEN, program, run, run_with, stderr, stdout},
};

const MARKER: &str = "<!-- tidegauge pull-request v1 -->\n";

/// A fake with a pull request of a fork, and a folder with a comparison.
struct Desk {
    fake: Fake,
    repository: Repository,
    number: u64,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self::of(&critical("dot_f32/avx2/n10000"))
    }

    fn of(comparison: &Comparison) -> Self {
        let fake = Fake::start();
        let repository = fake.repository("tide/gauge");
        let pull = Pull {
            head_owner: "someone".to_owned(),
            head_branch: "faster".to_owned(),
            head_sha: "c0ffee".to_owned(),
            base_branch: "main".to_owned(),
            merged: false,
        };
        let number = repository.open_pull(Account::person("someone", "NONE"), "Make it faster", pull);
        let desk = Self { fake, repository, number, folder: TempDir::new().expect("a folder") };
        desk.write(comparison);
        desk
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("comparison.json")
    }

    fn write(&self, comparison: &Comparison) {
        file::write(&self.path(), comparison).expect("it is written");
    }

    fn comment(&self, arguments: &[&str]) -> Assert {
        self.comment_with(Some(TOKEN), arguments)
    }

    fn comment_with(&self, token: Option<&str>, arguments: &[&str]) -> Assert {
        let path = self.path();
        let path = path.to_str().expect("a plain path");
        run_with(&self.fake, token, &[&["comment", "--comparison", path, "--repo", "tide/gauge"], arguments].concat())
    }

    fn on_pull(&self) -> Assert {
        self.comment(&["--pull-request", &self.number.to_string()])
    }

    fn on_head(&self) -> Assert {
        self.comment(&["--head", "someone:faster", "--head-sha", "c0ffee"])
    }

    fn bodies(&self) -> Vec<String> {
        self.repository.issue(self.number).comments.into_iter().map(|comment| comment.body).collect()
    }
}

/// The comparison of one critical case of this name.
fn critical(name: &str) -> Comparison {
    let mut comparison = compared(&report(9, around(1.4)), &three_sessions());
    for row in &mut comparison.rows {
        name.clone_into(&mut row.case);
    }
    comparison
}

#[test]
fn the_comment_says_whose_code_measured_and_what_it_found() {
    let desk = Desk::new();
    let said = stdout(&desk.on_pull().code(0));
    let bodies = desk.bodies();
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].starts_with(MARKER), "{}", bodies[0]);
    assert!(bodies[0].contains("measured by the pull request's own code"), "{}", bodies[0]);
    assert!(bodies[0].contains("| **critical** | `dot_f32/avx2/n10000` |"), "{}", bodies[0]);
    assert!(said.starts_with("pull request 1: new comment: http"), "{said}");
}

#[test]
fn each_section_says_of_which_platform_and_commits_it_is_and_how_to_see_it_oneself() {
    let commits = ["ba5eba5eba5eba5eba5eba5eba5eba5eba5eba5e", "facefacefacefacefacefacefacefacefaceface"];
    let mut comparison = critical("dot_f32/avx2/n10000");
    comparison.baseline.git.as_mut().expect("git").commit = commits[0].to_owned();
    comparison.candidate.git.as_mut().expect("git").commit = commits[1].to_owned();
    let desk = Desk::of(&comparison);
    desk.on_pull().code(0);
    let body = desk.bodies().remove(0);
    assert!(body.contains("\n## linux-x86_64\n\n`facefaceface` beside its base `ba5eba5eba5e`.\n"), "{body}");
    let command = format!("pair --profile all --base-ref {} --filter '^dot_f32/avx2/n10000$'", commits[0]);
    assert!(body.contains(&command), "{body}");
}

#[test]
fn a_commit_that_is_none_stands_in_no_command() {
    let mut comparison = critical("dot_f32/avx2/n10000");
    for side in [&mut comparison.baseline, &mut comparison.candidate] {
        "$(evil)000".clone_into(&mut side.git.as_mut().expect("git").commit);
    }
    let desk = Desk::of(&comparison);
    desk.on_pull().code(0);
    let body = desk.bodies().remove(0);
    assert!(!body.contains("--base-ref") && !body.contains("beside its base `"), "{body}");
}

#[test]
fn where_nothing_got_slower_nothing_is_to_be_seen_again() {
    let desk = Desk::of(&compared(&report(9, around(1.0)), &three_sessions()));
    desk.on_pull().code(0);
    assert!(!desk.bodies()[0].contains("--base-ref"), "{}", desk.bodies()[0]);
}

#[test]
fn a_later_run_updates_the_comment_in_place() {
    let desk = Desk::new();
    desk.on_pull().code(0);
    desk.write(&critical("gemm_f32/avx2/m64n64k64"));
    assert!(stdout(&desk.on_pull().code(0)).starts_with("pull request 1: updated comment"));
    let bodies = desk.bodies();
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains("gemm_f32") && !bodies[0].contains("dot_f32"), "{}", bodies[0]);
}

#[test]
fn the_same_again_writes_nothing() {
    let desk = Desk::new();
    desk.on_pull().code(0);
    let before = desk.repository.writes().len();
    assert!(stdout(&desk.on_pull().code(0)).contains("unchanged"));
    assert_eq!(desk.repository.writes().len(), before);
}

#[test]
fn where_nothing_could_be_measured_the_figures_of_another_commit_do_not_stay() {
    let desk = Desk::new();
    desk.on_pull().code(0);
    let sha = "0123456789012345678901234567890123456789";
    let pull = Pull {
        head_owner: "someone".to_owned(),
        head_branch: "other".to_owned(),
        head_sha: sha.to_owned(),
        base_branch: "main".to_owned(),
        merged: false,
    };
    let number = desk.repository.open_pull(Account::person("someone", "NONE"), "Make it faster still", pull);
    let path = desk.path();
    let path = path.to_str().expect("a plain path");
    let measured = ["comment", "--comparison", path, "--repo", "tide/gauge", "--pull-request", &number.to_string()];
    let nothing = ["comment", "--nothing", "--repo", "tide/gauge", "--head", "someone:other", "--head-sha", sha];

    let said = stdout(&run(&desk.fake, &nothing).code(0));
    assert!(said.contains("no comment is there that says otherwise"), "{said}");
    assert!(desk.repository.issue(number).comments.is_empty());

    run(&desk.fake, &measured).code(0);
    assert!(stdout(&run(&desk.fake, &nothing).code(0)).contains("updated comment"));
    let comments = desk.repository.issue(number).comments;
    let [comment] = comments.as_slice() else { panic!("one comment, not {comments:?}") };
    assert!(comment.body.starts_with(MARKER), "{}", comment.body);
    assert!(comment.body.contains("Nothing could be measured of `012345678901`"), "{}", comment.body);
    assert!(!comment.body.contains("dot_f32"), "{}", comment.body);

    run(&desk.fake, &measured).code(0);
    assert!(
        desk.repository.issue(number).comments[0].body.contains("dot_f32"),
        "what is measured later stands there again"
    );
}

#[test]
fn nothing_and_a_comparison_are_not_told_together() {
    let desk = Desk::new();
    desk.comment(&["--pull-request", "1", "--nothing"]).code(2);
    run(&desk.fake, &["comment", "--repo", "tide/gauge", "--pull-request", "1"]).code(2);
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_strangers_comment_with_our_marker_is_not_taken_for_ours() {
    let desk = Desk::new();
    let planted = format!("{MARKER}All is well.");
    desk.repository.comment(desk.number, Account::person("someone", "NONE"), &planted);
    desk.on_pull().code(0);
    let bodies = desk.bodies();
    assert_eq!((bodies.len(), bodies[0].as_str()), (2, planted.as_str()));
}

#[test]
fn a_comment_that_only_quotes_the_marker_is_not_ours() {
    let desk = Desk::new();
    desk.repository.comment(desk.number, Account::person("keeper", "OWNER"), &format!("> {MARKER} what is this?"));
    desk.on_pull().code(0);
    assert_eq!(desk.bodies().len(), 2);
}

#[test]
fn the_pull_request_is_found_by_its_branch_and_commit() {
    let desk = Desk::new();
    desk.on_head().code(0);
    assert_eq!(desk.bodies().len(), 1);
}

#[test]
fn without_an_open_pull_request_of_that_commit_there_is_nothing_to_do() {
    let desk = Desk::new();
    let assert = desk.comment(&["--head", "someone:faster", "--head-sha", "decade"]).code(0);
    assert!(stdout(&assert).contains("no open pull request has someone:faster at decade"), "{}", stdout(&assert));
    desk.repository.close(desk.number, "completed");
    desk.on_head().code(0);
    assert!(desk.repository.writes().is_empty());
}

#[test]
fn the_comment_is_made_once_whatever_happens_to_the_request() {
    for fault in [Fault::Status(502), Fault::DroppedBefore, Fault::DroppedAfter, Fault::Garbage, Fault::Truncated] {
        let desk = Desk::new();
        desk.repository.fault_on("POST issues/*/comments", 1, fault.clone());
        desk.on_pull().code(0);
        assert_eq!(desk.bodies().len(), 1, "{fault:?}");
    }
}

#[test]
fn what_github_does_not_take_ends_in_5() {
    let desk = Desk::new();
    desk.repository.fault_on("POST *", 1, Fault::Refused(403, "Resource not accessible by integration"));
    let assert = desk.on_pull().code(5);
    let said = stderr(&assert);
    assert!(said.contains("commenting on #1 in tide/gauge: GitHub answered 403 (Resource not"), "{said}");
    assert!(said.contains("permission"), "{said}");
}

#[test]
fn a_github_that_is_away_ends_in_5() {
    let desk = Desk::new();
    desk.repository.fault_on("* *", 1000, Fault::Status(503));
    let said = stderr(&desk.on_pull().code(5));
    assert!(said.contains("it answered 503") && said.contains("--patience"), "{said}");
}

#[test]
fn nothing_that_a_comparison_holds_is_a_mention_a_link_or_a_tag() {
    let name = "@keeper <img src=x> [a](https://evil.example) | #1 `x` --> \n::error::x ##[error]y";
    let desk = Desk::of(&critical(name));
    desk.on_pull().code(0);
    let body = &desk.bodies()[0];
    for smuggled in ["@keeper", "<img", "](http", "https://evil", "#1 ", "\n::", "##["] {
        assert!(!body.contains(smuggled), "{smuggled} in {body}");
    }
    assert_eq!(body.matches("-->").count(), 1, "only the marker's own end: {body}");
}

#[test]
fn a_comment_that_would_be_too_long_is_cut_at_a_row() {
    let mut comparison = critical("dot_f32/avx2/n1");
    let row = comparison.rows[0].clone();
    comparison.rows = (0..3000).map(|n| schema::comparison::Row { case: format!("case{n}"), ..row.clone() }).collect();
    let desk = Desk::of(&comparison);
    desk.on_pull().code(0);
    let body = &desk.bodies()[0];
    let length = body.chars().count();
    assert!((60_000..=65_536).contains(&length), "{length}");
    let kept = body.matches("| **critical** | `case").count();
    assert!(body.contains(&format!("**{} rows are left out here", 3000 - kept)), "{kept}");
    assert!(body.contains("- candidate: "), "what was compared is still told");
}

#[test]
fn a_link_is_not_followed() {
    let desk = Desk::new();
    let elsewhere = desk.folder.path().join("elsewhere.json");
    fs::rename(desk.path(), &elsewhere).expect("it is moved");
    std::os::unix::fs::symlink(&elsewhere, desk.path()).expect("a link");
    let said = stderr(&desk.on_pull().code(2));
    assert!(said.contains("comparison.json is a link, which is not followed"), "{said}");
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_link_to_the_folder_is_not_followed() {
    let desk = Desk::new();
    let link = desk.folder.path().join("link");
    std::os::unix::fs::symlink(desk.folder.path(), &link).expect("a link");
    let path = link.join("comparison.json");
    let arguments =
        ["comment", "--comparison", path.to_str().expect("plain"), "--repo", "tide/gauge", "--pull-request", "1"];
    let said = stderr(&run(&desk.fake, &arguments).code(2));
    assert!(said.contains("is a link"), "{said}");
}

#[test]
fn a_file_over_16_mib_is_not_read() {
    let desk = Desk::new();
    fs::write(desk.path(), vec![b' '; (16 << 20) + 1]).expect("it is written");
    let said = stderr(&desk.on_pull().code(2));
    assert!(said.contains("more than 16 MiB"), "{said}");
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_strangers_words_in_a_refusal_are_no_command_to_the_log() {
    let desk = Desk::new();
    for text in [r###"{"##[add-mask]e":1}"###, r###"{"schema_version":1,"platform":"##[error]\u202e\n::error::x"}"###] {
        fs::write(desk.path(), text).expect("it is written");
        let said = stderr(&desk.on_pull().code(2));
        assert!(!said.contains("##[") && !said.contains('\u{202e}') && !said.contains("\n::"), "{said}");
    }
}

#[test]
fn another_document_is_refused() {
    let desk = Desk::new();
    file::write(&desk.path(), &report(9, around(1.0))).expect("it is written");
    let said = stderr(&desk.on_pull().code(2));
    assert!(said.contains("it is a report, and a comparison is asked for here"), "{said}");
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_dry_run_without_a_token_prints_the_request_and_sends_none() {
    let desk = Desk::new();
    let assert = desk.comment_with(None, &["--pull-request", "1", "--dry-run"]).code(0);
    assert!(stdout(&assert).starts_with("POST /repos/tide/gauge/issues/1/comments\n{\n  \"body\": \"<!-- tidegauge"));
    assert!(stderr(&assert).contains("GitHub is not asked"), "{}", stderr(&assert));
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_dry_run_with_a_token_sees_the_comment_that_is_there() {
    let desk = Desk::new();
    desk.on_pull().code(0);
    desk.write(&critical("gemm_f32/avx2/m64n64k64"));
    let before = desk.bodies();
    let assert = desk.comment(&["--pull-request", "1", "--dry-run"]).code(0);
    assert!(stdout(&assert).starts_with("PATCH /repos/tide/gauge/issues/comments/"), "{}", stdout(&assert));
    assert_eq!(desk.bodies(), before);
}

#[test]
fn without_a_token_nothing_is_begun() {
    let desk = Desk::new();
    let said = stderr(&desk.comment_with(None, &["--pull-request", "1"]).code(2));
    assert!(said.contains("set GITHUB_TOKEN, else GH_TOKEN"), "{said}");
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn a_token_is_not_sent_in_the_clear() {
    let desk = Desk::new();
    let mut command = Command::from_std(program());
    command.env("GITHUB_API_URL", "http://ghe.example/api/v3").env("GITHUB_TOKEN", TOKEN);
    command.args(["comment", "--repo", "tide/gauge", "--pull-request", "1", "--comparison"]).arg(desk.path());
    let assert = command.assert().code(2);
    assert!(stderr(&assert).contains("would send the token in the clear; use https://"), "{}", stderr(&assert));
}

#[test]
fn where_to_comment_is_said_in_one_way() {
    let desk = Desk::new();
    desk.comment(&[]).code(2);
    desk.comment(&["--head", "someone:faster"]).code(2);
    desk.comment(&["--pull-request", "1", "--head", "someone:faster", "--head-sha", "c0ffee"]).code(2);
    desk.comment(&["--pull-request", "0"]).code(2);
    assert!(desk.fake.requests().is_empty());
}

#[test]
fn github_is_reached_through_the_environments_proxy_whose_password_is_not_told() {
    let desk = Desk::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let asked = thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("the program connects");
        let lines = BufReader::new(&connection).lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        connection.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").expect("the program listens");
        head.join("\n")
    });
    let mut command = Command::from_std(program());
    command.env("HTTPS_PROXY", format!("http://keeper:passphrase@{address}")).env("GITHUB_TOKEN", TOKEN);
    command.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("all_proxy").env_remove("ALL_PROXY");
    command.args(["comment", "--repo", "tide/gauge", "--pull-request", "1", "--patience", "50ms", "--comparison"]);
    let assert = command.arg(desk.path()).assert().code(5);
    let asked = asked.join().expect("the proxy was asked");
    assert!(asked.starts_with("CONNECT api.github.com:443 "), "{asked}");
    assert!(!asked.contains(TOKEN) && !stderr(&assert).contains("passphrase"), "{}", stderr(&assert));
    assert!(stderr(&assert).contains("the proxy does not connect to it"), "{}", stderr(&assert));
}

#[test]
fn the_most_talkative_log_does_not_tell_the_token() {
    let desk = Desk::new();
    let mut command = Command::from_std(program());
    command.env("GITHUB_API_URL", desk.fake.api_url()).env("GITHUB_TOKEN", TOKEN).env("RUST_LOG", "trace");
    command.args(["comment", "--repo", "tide/gauge", "--pull-request", "1", "--comparison"]).arg(desk.path());
    let assert = command.assert().code(0);
    assert!(!stderr(&assert).contains(TOKEN) && !stdout(&assert).contains(TOKEN), "{}", stderr(&assert));
}

#[test]
fn an_empty_token_is_none_and_the_second_name_counts_where_the_first_is_empty() {
    let desk = Desk::new();
    let run = |other: &str| {
        let mut command = Command::from_std(program());
        command.env("GITHUB_API_URL", desk.fake.api_url()).env("GITHUB_TOKEN", "").env("GH_TOKEN", other);
        command.args(["comment", "--repo", "tide/gauge", "--pull-request", "1", "--comparison"]).arg(desk.path());
        command.assert()
    };
    run("").code(2);
    assert!(desk.fake.requests().is_empty());
    run(TOKEN).code(0);
    assert_eq!(desk.bodies().len(), 1);
}

#[test]
fn a_token_that_would_break_a_header_is_refused_and_not_repeated() {
    let desk = Desk::new();
    let mut command = Command::from_std(program());
    command.env("GITHUB_API_URL", desk.fake.api_url()).env("GITHUB_TOKEN", "ghs_two words");
    command.args(["comment", "--repo", "tide/gauge", "--pull-request", "1", "--comparison"]).arg(desk.path());
    let said = stderr(&command.assert().code(2));
    assert!(said.contains("GITHUB_TOKEN holds spaces") && !said.contains("ghs_two"), "{said}");
    assert!(desk.fake.requests().is_empty());
}
