//! Every kind of write meets every fault: it is done once, or it is said that it was not done.

use std::time::{Duration, Instant};

use detector::github::{Client, GithubError, IssueDraft, IssueEdit, PullRequestDraft, Release, ReleaseDraft};

use crate::{
    fake::{Account, Fake, Fault, Pull, Repository},
    program::TOKEN,
    stage::{Stage, scenarios},
};

const MARKER: &str = "<!-- made by a test -->";

/// A kind of write.
struct Write {
    name: &'static str,
    /// The request that does it.
    request: &'static str,
    act: fn(&Client) -> Result<(), GithubError>,
    /// How often it is there.
    done: fn(&Repository) -> usize,
}

const WRITES: [Write; 9] = [
    Write {
        name: "issue",
        request: "POST issues",
        act: |client| client.open_issue(&draft(), MARKER).map(drop),
        done: |it| it.issues().iter().filter(|issue| issue.title == "Slower").count(),
    },
    Write {
        name: "edit",
        request: "PATCH issues/1",
        act: |client| {
            let edit = IssueEdit { body: Some("edited".to_owned()), ..IssueEdit::default() };
            client.edit_issue(1, &edit).map(drop)
        },
        done: |it| usize::from(it.issue(1).body.as_deref() == Some("edited")),
    },
    Write {
        name: "comment",
        request: "POST issues/1/comments",
        act: |client| client.comment(1, &format!("still slow {MARKER}"), MARKER).map(drop),
        done: |it| it.issue(1).comments.iter().filter(|comment| comment.body.contains(MARKER)).count(),
    },
    Write {
        name: "comment-edit",
        request: "PATCH issues/comments/*",
        act: |client| {
            let comment = client.comments(1)?.into_iter().next().expect("a comment");
            client.edit_comment(comment.id, "edited").map(drop)
        },
        done: |it| it.issue(1).comments.iter().filter(|comment| comment.body == "edited").count(),
    },
    Write {
        name: "label",
        request: "POST labels",
        act: |client| client.ensure_label("severity:severe", "b60205", "more than twice the threshold"),
        done: |it| it.labels().iter().filter(|label| label.name == "severity:severe").count(),
    },
    Write {
        name: "pull",
        request: "POST pulls",
        act: |client| client.open_pull_request(&pull_draft()).map(drop),
        done: |it| it.pulls().iter().filter(|pull| pull.title == "Refresh").count(),
    },
    Write {
        name: "pull-edit",
        request: "PATCH pulls/2",
        act: |client| {
            let pull = client.pull_request_between("faster", "main")?.expect("the pull request");
            client.edit_pull_request(&pull, "Faster still", "edited").map(drop)
        },
        done: |it| usize::from(it.issue(2).title == "Faster still"),
    },
    Write {
        name: "release",
        request: "POST releases",
        act: |client| client.ensure_prerelease(&release_draft()).map(drop),
        done: |it| it.releases().iter().filter(|release| release.tag == "programs").count(),
    },
    Write {
        name: "asset",
        request: "POST releases/*/assets",
        act: |client| {
            let release: Release = client.release_of("there")?.expect("the release");
            client.upload_asset(&release, "generator-1", b"a program").map(drop)
        },
        done: |it| {
            let releases = it.releases();
            let assets = releases.iter().flat_map(|release| &release.assets);
            assets.filter(|asset| asset.name == "generator-1" && asset.content == b"a program").count()
        },
    },
];

fn draft() -> IssueDraft {
    IssueDraft {
        title: "Slower".to_owned(),
        body: format!("by half {MARKER}"),
        labels: vec!["tidegauge".to_owned()],
        assignees: Vec::new(),
    }
}

fn pull_draft() -> PullRequestDraft {
    PullRequestDraft {
        head: "refresh".to_owned(),
        base: "main".to_owned(),
        title: "Refresh".to_owned(),
        body: "what moves".to_owned(),
    }
}

fn release_draft() -> ReleaseDraft {
    ReleaseDraft { tag: "programs".to_owned(), name: "Programs".to_owned(), body: "by their hash".to_owned() }
}

/// Every kind of write on a stage of its own: an issue with a comment, a pull request and a release are there.
fn each_write(stage: &Stage<'_>, check: impl Fn(&Write, &Stage<'_>) + Sync) {
    stage.each(WRITES.iter().map(|write| (write.name, write)), |stage, write| {
        let repository = &stage.repository;
        repository.open_issue(Account::bot(), "Before", "of another night", &["tidegauge"]);
        repository.comment(1, Account::bot(), "as it was");
        let pull = Pull {
            head_owner: "tide".to_owned(),
            head_branch: "faster".to_owned(),
            head_sha: "c0ffee".to_owned(),
            base_branch: "main".to_owned(),
            merged: false,
        };
        repository.open_pull(Account::bot(), "Faster", pull);
        repository.add_release("there", &[]);
        check(write, &stage);
    });
}

/// After this fault on the first attempt, the write is done, and once.
fn is_done_once(stage: &Stage<'_>, fault: &Fault) {
    each_write(stage, |write, stage| {
        stage.repository.fault_on(write.request, 1, fault.clone());
        let ended = (write.act)(&stage.client());
        assert!(ended.is_ok(), "{}: {ended:?}", write.name);
        assert_eq!((write.done)(&stage.repository), 1, "{}", write.name);
        let met = stage.repository.requests().iter().filter(|recorded| recorded.fault.is_some()).count();
        assert_eq!(met, 1, "{}: the fault was not met", write.name);
    });
}

pub(crate) fn every_write_is_done_without_a_fault(stage: &Stage<'_>) {
    each_write(stage, |write, stage| {
        assert_eq!((write.act)(&stage.client()), Ok(()), "{}", write.name);
        assert_eq!((write.done)(&stage.repository), 1, "{}", write.name);
        assert_eq!(stage.repository.writes().len(), 1, "{}", write.name);
    });
}

fn a_server_that_fails_is_asked_again(stage: &Stage<'_>) {
    stage.each([("500", 500), ("502", 502), ("503", 503)], |stage, status| {
        is_done_once(&stage, &Fault::Status(status));
    });
}

fn a_connection_dropped_before_the_request_took_effect_is_tried_again(stage: &Stage<'_>) {
    is_done_once(stage, &Fault::DroppedBefore);
}

fn a_connection_dropped_after_the_request_took_effect_makes_nothing_twice(stage: &Stage<'_>) {
    is_done_once(stage, &Fault::DroppedAfter);
}

fn an_answer_that_comes_too_late_makes_nothing_twice(stage: &Stage<'_>) {
    is_done_once(stage, &Fault::Slow(stage.too_long() + Duration::from_millis(500)));
}

fn an_effect_that_comes_after_the_client_gave_up_makes_nothing_twice(stage: &Stage<'_>) {
    // As long as GitHub asks for between writes; the client looks twice within that time.
    let mut paced = stage.beside("paced");
    paced.pause = Duration::from_secs(1);
    is_done_once(&paced, &Fault::Late(stage.too_long() + Duration::from_millis(30)));
}

fn an_answer_that_is_no_json_makes_nothing_twice(stage: &Stage<'_>) {
    is_done_once(stage, &Fault::Garbage);
}

fn an_answer_that_is_cut_off_makes_nothing_twice(stage: &Stage<'_>) {
    is_done_once(stage, &Fault::Truncated);
}

/// The time between the request that met the fault and the next one like it.
fn waited(repository: &Repository) -> Duration {
    let requests = repository.requests();
    let at = requests.iter().position(|recorded| recorded.fault.is_some()).expect("the fault was met");
    let again = requests[at + 1..].iter().find(|recorded| recorded.line() == requests[at].line());
    again.expect("it was tried again").at - requests[at].at
}

fn a_wait_that_github_asks_for_is_kept_to(stage: &Stage<'_>) {
    stage.each([("429", 429), ("403", 403)], |stage, status| {
        each_write(&stage, |write, stage| {
            stage.repository.fault_on(write.request, 1, Fault::RetryAfter(status, 1));
            assert_eq!((write.act)(&stage.client()), Ok(()), "{}", write.name);
            assert_eq!((write.done)(&stage.repository), 1, "{}", write.name);
            assert!(waited(&stage.repository) >= Duration::from_secs(1), "{}", write.name);
        });
    });
}

fn a_limit_that_is_used_up_is_waited_for(stage: &Stage<'_>) {
    each_write(stage, |write, stage| {
        stage.repository.fault_on(write.request, 1, Fault::RateLimit(1));
        assert_eq!((write.act)(&stage.client()), Ok(()), "{}", write.name);
        assert_eq!((write.done)(&stage.repository), 1, "{}", write.name);
        assert!(waited(&stage.repository) >= Duration::from_secs(1), "{}", write.name);
    });
}

fn a_wait_longer_than_the_patience_is_not_begun(stage: &Stage<'_>) {
    // GitHub asks for at least a minute where its secondary limit names no time.
    let faults =
        [("told", Fault::RetryAfter(429, 600)), ("untold", Fault::SecondaryLimit), ("hour", Fault::RateLimit(600))];
    stage.each(faults, |stage, fault| {
        each_write(&stage, |write, stage| {
            stage.repository.fault_on(write.request, 1, fault.clone());
            let begun = Instant::now();
            let error = (write.act)(&stage.client()).expect_err("there is no patience for it");
            assert!(error.is_away(), "{}: {error}", write.name);
            assert!(begun.elapsed() < stage.patience, "{}", write.name);
            assert_eq!((write.done)(&stage.repository), 0, "{}", write.name);
        });
    });
}

fn a_github_that_stays_away_is_given_up(stage: &Stage<'_>) {
    let patience = stage.patience / 4;
    stage.each([("failing", Fault::Status(503)), ("dropping", Fault::DroppedBefore)], |stage, fault| {
        each_write(&stage, |write, stage| {
            stage.repository.fault_on("* *", usize::MAX, fault.clone());
            let begun = Instant::now();
            let error = (write.act)(&stage.client_with(patience)).expect_err("GitHub is away");
            assert!(error.is_away(), "{}: {error}", write.name);
            assert!(begun.elapsed() < stage.patience, "{}", write.name);
            assert_eq!((write.done)(&stage.repository), 0, "{}", write.name);
        });
    });
}

fn a_refusal_is_not_asked_for_again(stage: &Stage<'_>) {
    each_write(stage, |write, stage| {
        stage.repository.fault_on(
            write.request,
            usize::MAX,
            Fault::Refused(403, "Resource not accessible by integration"),
        );
        let error = (write.act)(&stage.client()).expect_err("GitHub refuses");
        assert!(matches!(error, GithubError::Refused { status: 403, .. }), "{}: {error}", write.name);
        assert_eq!(stage.repository.writes().len(), 1, "{}", write.name);
    });
}

fn an_answer_that_repeats_the_token_does_not_bring_it_into_an_error(stage: &Stage<'_>) {
    each_write(stage, |write, stage| {
        stage.repository.fault_on(write.request, usize::MAX, Fault::Refused(403, TOKEN));
        let error = (write.act)(&stage.client()).expect_err("GitHub refuses");
        assert!(!format!("{error} {error:?}").contains(TOKEN), "{}", write.name);
    });
}

fn labels_that_were_dropped_are_missed_and_the_issue_is_not_opened_again(stage: &Stage<'_>) {
    stage.repository.fault_on("* issues*", usize::MAX, Fault::LabelsDropped);
    let error = stage.client().open_issue(&draft(), MARKER).expect_err("the label is missing");
    assert!(matches!(error, GithubError::LabelsDropped { number: 1, .. }), "{error}");
    assert_eq!(stage.repository.issues().len(), 1);
}

fn a_locked_issue_is_told_from_other_refusals(stage: &Stage<'_>) {
    stage.repository.open_issue(Account::bot(), "Before", "", &[]);
    stage.repository.lock(1, true);
    let error = stage.client().comment(1, "still slow", MARKER).expect_err("the issue is locked");
    assert!(matches!(error, GithubError::Locked { .. }), "{error}");
    assert_eq!(stage.repository.writes().len(), 1);
}

fn a_renamed_repository_is_written_to_under_its_former_name(stage: &Stage<'_>) {
    each_write(stage, |write, stage| {
        let client = stage.client();
        stage.repository.rename(&format!("{}-renamed", stage.repository.full_name()));
        assert_eq!((write.act)(&client), Ok(()), "{}", write.name);
        assert_eq!((write.done)(&stage.repository), 1, "{}", write.name);
    });
}

fn no_request_is_led_to_another_host(stage: &Stage<'_>) {
    let other = Fake::start();
    each_write(stage, |write, stage| {
        stage.repository.fault_on(write.request, usize::MAX, Fault::Redirected(other.api_url() + "/repos/tide/gauge"));
        let error = (write.act)(&stage.client()).expect_err("it leads elsewhere");
        assert!(matches!(error, GithubError::Odd { .. }), "{}: {error}", write.name);
    });
    assert!(other.requests().is_empty());
}

fn an_issue_beyond_the_first_page_is_found(stage: &Stage<'_>) {
    for at in 1..=230 {
        let label = if at % 50 == 0 { "platform:linux-x86_64" } else { "tidegauge" };
        stage.repository.open_issue(Account::bot(), &format!("Issue {at}"), "", &["tidegauge", label]);
    }
    let issues = stage.client().issues_labelled("tidegauge").expect("GitHub answers");
    assert_eq!(issues.iter().map(|issue| issue.number).collect::<Vec<_>>(), (1..=230).collect::<Vec<_>>());
    assert_eq!(stage.repository.requests().len(), 3);
}

fn a_list_whose_second_page_fails_is_read_all_the_same(stage: &Stage<'_>) {
    for at in 1..=150 {
        stage.repository.open_issue(Account::bot(), &format!("Issue {at}"), "", &["tidegauge"]);
    }
    let client = stage.client();
    for fault in [Fault::Truncated, Fault::Garbage, Fault::DroppedBefore] {
        // The second page is asked for by the repository's id, as GitHub's links do.
        stage.fake.fault_on(&format!("GET */repositories/{}/issues", stage.repository.id()), 1, fault.clone());
        let issues = client.issues_labelled("tidegauge").expect("GitHub answers");
        assert_eq!(issues.len(), 150, "{fault:?}");
    }
}

scenarios! {
    every_write_is_done_without_a_fault,
    a_server_that_fails_is_asked_again,
    a_connection_dropped_before_the_request_took_effect_is_tried_again,
    a_connection_dropped_after_the_request_took_effect_makes_nothing_twice,
    an_answer_that_comes_too_late_makes_nothing_twice,
    an_effect_that_comes_after_the_client_gave_up_makes_nothing_twice,
    an_answer_that_is_no_json_makes_nothing_twice,
    an_answer_that_is_cut_off_makes_nothing_twice,
    a_wait_that_github_asks_for_is_kept_to,
    a_limit_that_is_used_up_is_waited_for,
    a_wait_longer_than_the_patience_is_not_begun,
    a_github_that_stays_away_is_given_up,
    a_refusal_is_not_asked_for_again,
    an_answer_that_repeats_the_token_does_not_bring_it_into_an_error,
    labels_that_were_dropped_are_missed_and_the_issue_is_not_opened_again,
    a_locked_issue_is_told_from_other_refusals,
    a_renamed_repository_is_written_to_under_its_former_name,
    no_request_is_led_to_another_host,
    an_issue_beyond_the_first_page_is_found,
    a_list_whose_second_page_fails_is_read_all_the_same,
}
