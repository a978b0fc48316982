//! The client against the fake: what is asked, what is waited for, and that nothing is made twice.

use std::time::{Duration, Instant};

use detector::github::{Client, GithubError, IssueDraft, IssueEdit, IssueState, Settings, Token};

use crate::fake::{Account, Fake, Fault, Pull, Repository};

const MARKER: &str = "<!-- marker of a test -->";
const SECRET: &str = "ghs_secretoftests";

fn settings(fake: &Fake) -> Settings {
    Settings {
        api_url: fake.api_url(),
        token: Token::new(SECRET),
        patience: Duration::from_secs(4),
        pause: Duration::ZERO,
    }
}

fn client_of(settings: Settings) -> Client {
    Client::new(settings, "tide/gauge".parse().expect("a repository")).expect("the settings make sense")
}

/// A fake with one repository, and a client of it.
fn started() -> (Fake, Repository, Client) {
    let fake = Fake::start();
    let repository = fake.repository("tide/gauge");
    let client = client_of(settings(&fake));
    (fake, repository, client)
}

fn draft() -> IssueDraft {
    IssueDraft {
        title: "dot_f32 got slower".to_owned(),
        body: format!("30 % more time.\n{MARKER}"),
        labels: vec!["tidegauge".to_owned()],
        assignees: Vec::new(),
    }
}

/// A pull request into `main` of a branch at the commit `c0ffee`.
fn pull(owner: &str, branch: &str) -> Pull {
    Pull {
        head_owner: owner.to_owned(),
        head_branch: branch.to_owned(),
        head_sha: "c0ffee".to_owned(),
        base_branch: "main".to_owned(),
        merged: false,
    }
}

/// Everything that may happen to a request, and be over the next time.
fn passing_faults() -> Vec<Fault> {
    vec![
        Fault::Status(500),
        Fault::Status(502),
        Fault::Status(503),
        Fault::RetryAfter(429, 0),
        Fault::RetryAfter(403, 1),
        Fault::DroppedBefore,
        Fault::DroppedAfter,
        Fault::Slow(Duration::from_millis(1500)),
        Fault::Garbage,
        Fault::Truncated,
    ]
}

#[test]
fn an_issue_is_opened_once_whatever_happens_to_the_request() {
    for fault in passing_faults() {
        let (_fake, repository, client) = started();
        repository.fault_on("POST issues", 1, fault.clone());
        let opened = client.open_issue(&draft(), MARKER);
        let opened = opened.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        let numbers: Vec<u64> = repository.issues().iter().map(|issue| issue.number).collect();
        assert_eq!(numbers, [opened.number], "{fault:?}");
    }
}

#[test]
fn a_comment_is_made_once_whatever_happens_to_the_request() {
    for fault in passing_faults() {
        let (_fake, repository, client) = started();
        let number = repository.open_issue(Account::bot(), "title", "", &[]);
        repository.fault_on("POST issues/*/comments", 1, fault.clone());
        let made = client.comment(number, &format!("a word {MARKER}"), MARKER);
        let made = made.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        let ids: Vec<u64> = repository.issue(number).comments.iter().map(|comment| comment.id).collect();
        assert_eq!(ids, [made.id], "{fault:?}");
    }
}

#[test]
fn an_edit_is_repeated_until_it_stands() {
    for fault in passing_faults() {
        let (_fake, repository, client) = started();
        let number = repository.open_issue(Account::bot(), "title", "", &[]);
        repository.fault_on("PATCH issues/*", 1, fault.clone());
        let edit = IssueEdit { body: Some("new".to_owned()), ..IssueEdit::default() };
        client.edit_issue(number, &edit).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(repository.issue(number).body.as_deref(), Some("new"), "{fault:?}");
    }
}

#[test]
fn a_list_is_read_again_whatever_happens_to_the_request() {
    for fault in passing_faults() {
        let (_fake, repository, client) = started();
        repository.open_issue(Account::bot(), "title", "", &["tidegauge"]);
        repository.fault_on("GET issues", 1, fault.clone());
        let issues = client.issues_labelled("tidegauge").unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(issues.len(), 1, "{fault:?}");
    }
}

#[test]
fn a_stranger_who_copies_the_marker_does_not_stand_in_for_the_issue() {
    let (_fake, repository, client) = started();
    let copied = repository.open_issue(Account::person("stranger", "NONE"), "mine", MARKER, &[]);
    repository.fault_on("POST issues", 1, Fault::DroppedBefore);
    let opened = client.open_issue(&draft(), MARKER).expect("it is tried again");
    assert_ne!(opened.number, copied);
}

#[test]
fn an_edit_changes_what_it_names_and_nothing_else() {
    let (_fake, repository, client) = started();
    let number = repository.open_issue(Account::bot(), "title", "body", &["by-hand"]);
    let edit = IssueEdit { state: Some(IssueState::Closed), state_reason: Some("completed"), ..IssueEdit::default() };
    let edited = client.edit_issue(number, &edit).expect("it is edited");
    let issue = repository.issue(number);
    assert_eq!(edited.state, IssueState::Closed);
    assert_eq!((issue.title.as_str(), issue.body.as_deref(), issue.labels.len()), ("title", Some("body"), 1));
    assert_eq!(issue.state_reason.as_deref(), Some("completed"));
}

#[test]
fn all_pages_of_a_list_are_read_and_pull_requests_are_no_issues() {
    let (_fake, repository, client) = started();
    repository.open_pull(Account::bot(), "a pull request", pull("tide", "branch"));
    for index in 0..250 {
        let number = repository.open_issue(Account::bot(), &format!("issue {index}"), "", &["tidegauge"]);
        if index % 2 == 0 {
            repository.close(number, "completed");
        }
    }
    assert_eq!(client.issues_labelled("tidegauge").expect("a list").len(), 250);
    let recent = client.issues_recent().expect("a list");
    assert_eq!((recent.len(), recent[0].title.as_str()), (100, "issue 249"));
}

#[test]
fn a_renamed_repository_is_followed_with_method_and_body() {
    let (_fake, repository, client) = started();
    repository.rename("tide/gauge-two");
    client.open_issue(&draft(), MARKER).expect("it is redirected");
    assert_eq!(repository.issues()[0].title, draft().title);
    assert_eq!(client.issues_labelled("tidegauge").expect("it is redirected").len(), 1);
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let (fake, repository, client) = started();
    let other = Fake::start();
    other.repository("tide/gauge");
    let elsewhere = format!("{}/repos/tide/gauge/issues", other.api_url());
    repository.fault_on("POST issues", 1, Fault::Redirected(elsewhere));
    let error = client.open_issue(&draft(), MARKER).expect_err("another host");
    assert!(matches!(&error, GithubError::Odd { problem, .. } if problem.contains("another host")), "{error}");
    assert_eq!((other.requests().len(), fake.requests().len()), (0, 1));
}

#[test]
fn a_next_page_on_another_host_is_not_followed() {
    let (fake, repository, client) = started();
    for _ in 0..101 {
        repository.open_issue(Account::bot(), "title", "", &["tidegauge"]);
    }
    let other = Fake::start();
    fake.stand_behind(&other.own_url());
    let error = client.issues_labelled("tidegauge").expect_err("another host");
    assert!(error.to_string().contains("another host"), "{error}");
    assert_eq!(other.requests().len(), 0);
}

#[test]
fn a_github_enterprise_below_a_path_works() {
    let fake = Fake::start();
    let repository = fake.repository("tide/gauge");
    fake.stand_behind(&format!("{}/api/v3", fake.own_url()));
    for _ in 0..101 {
        repository.open_issue(Account::bot(), "title", "", &["tidegauge"]);
    }
    let client = client_of(settings(&fake));
    assert_eq!(client.issues_labelled("tidegauge").expect("a list").len(), 101);
    assert!(fake.requests().iter().all(|one| one.request.path.starts_with("/api/v3/repo")));
}

#[test]
fn a_wait_that_github_asks_for_is_kept_to() {
    for fault in [Fault::RetryAfter(429, 1), Fault::RetryAfter(403, 1), Fault::RateLimit(1)] {
        let (_fake, repository, client) = started();
        repository.fault_on("GET issues", 1, fault.clone());
        let begun = Instant::now();
        client.issues_recent().unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(begun.elapsed() >= Duration::from_secs(1), "{fault:?}");
    }
}

#[test]
fn a_wait_beyond_the_patience_is_not_begun_and_nothing_else_is_asked() {
    for fault in [Fault::RetryAfter(429, 3600), Fault::SecondaryLimit, Fault::RateLimit(3600)] {
        let (fake, repository, client) = started();
        repository.fault_on("GET issues", 1, fault.clone());
        let begun = Instant::now();
        assert!(client.issues_recent().expect_err("too long").is_away(), "{fault:?}");
        assert!(client.issues_recent().expect_err("not asked").is_away(), "{fault:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{fault:?}");
        assert_eq!(fake.requests().len(), 1, "{fault:?}");
    }
}

#[test]
fn a_github_that_stays_away_is_given_up_within_the_patience() {
    let (fake, repository, _) = started();
    let client = client_of(Settings { patience: Duration::from_secs(1), ..settings(&fake) });
    repository.fault_on("* *", 100, Fault::Status(503));
    let begun = Instant::now();
    let error = client.open_issue(&draft(), MARKER).expect_err("it is away");
    assert!(error.is_away() && begun.elapsed() < Duration::from_secs(2), "{error}");
    assert!(repository.issues().is_empty());
}

#[test]
fn nobody_who_listens_is_a_github_that_is_away() {
    let (fake, ..) = started();
    let settings = Settings { patience: Duration::from_millis(300), ..settings(&fake) };
    drop(fake);
    // The port may be another's by now, and whatever answers there is not the fake.
    let error = client_of(settings).issues_recent().expect_err("nobody listens");
    assert!(!error.to_string().contains(SECRET), "{error}");
}

#[test]
fn labels_that_were_dropped_without_a_word_are_noticed() {
    let (_fake, repository, client) = started();
    repository.fault_on("POST issues", 1, Fault::LabelsDropped);
    let error = client.open_issue(&draft(), MARKER).expect_err("the labels are missing");
    assert!(matches!(&error, GithubError::LabelsDropped { number: 1, labels, .. } if labels == "tidegauge"), "{error}");
    repository.fault_on("PATCH issues/1", 1, Fault::LabelsDropped);
    let edit = IssueEdit { labels: Some(vec!["tidegauge".to_owned()]), ..IssueEdit::default() };
    assert!(matches!(client.edit_issue(1, &edit), Err(GithubError::LabelsDropped { .. })));
}

#[test]
fn a_locked_issue_is_told_from_other_refusals() {
    let (_fake, repository, client) = started();
    let number = repository.open_issue(Account::bot(), "title", "", &[]);
    repository.fault_on("POST issues/*/comments", 1, Fault::Locked);
    assert!(matches!(client.comment(number, MARKER, MARKER), Err(GithubError::Locked { .. })));
    repository.fault_on("POST issues/*/comments", 1, Fault::Refused(403, "Resource not accessible by integration"));
    assert!(matches!(client.comment(number, MARKER, MARKER), Err(GithubError::Refused { status: 403, .. })));
}

#[test]
fn assignees_that_do_not_exist_are_left_out() {
    let (_fake, repository, client) = started();
    let draft = IssueDraft { assignees: vec!["nobody".to_owned()], ..draft() };
    client.open_issue(&draft, MARKER).expect("it is opened without them");
    assert_eq!(repository.issues().len(), 1);
    assert!(repository.issues()[0].assignees.is_empty());
}

#[test]
fn assignees_that_exist_are_assigned() {
    let (_fake, repository, client) = started();
    repository.add_collaborator("keeper");
    client.open_issue(&IssueDraft { assignees: vec!["keeper".to_owned()], ..draft() }, MARKER).expect("it is opened");
    assert_eq!(repository.issues()[0].assignees, ["keeper"]);
}

#[test]
fn a_label_is_made_once_whatever_happens_to_the_request() {
    for fault in passing_faults() {
        let (_fake, repository, client) = started();
        repository.fault_on("POST labels", 1, fault.clone());
        client.ensure_label("tidegauge", "b60205", "").unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(repository.labels().len(), 1, "{fault:?}");
    }
}

#[test]
fn a_label_that_is_there_is_left_alone() {
    let (fake, repository, client) = started();
    client.ensure_label("tidegauge", "b60205", "first").expect("it is made");
    // Another client knows nothing of what this one made.
    client_of(settings(&fake)).ensure_label("tidegauge", "ffffff", "second").expect("it is there");
    assert_eq!((repository.writes().len(), repository.labels()[0].colour.as_str()), (1, "b60205"));
}

#[test]
fn what_a_server_repeats_of_the_token_is_not_told() {
    let (_fake, repository, client) = started();
    repository.fault_on("* *", 1, Fault::Refused(401, "Bad credentials: Bearer ghs_secretoftests"));
    let error = client.issues_recent().expect_err("it is refused");
    assert!(error.to_string().contains("Bad credentials: Bearer ***"), "{error}");
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
}

#[test]
fn a_rehearsal_reads_and_sends_nothing_that_changes_anything() {
    let (fake, repository, _) = started();
    let number = repository.open_issue(Account::bot(), "title", "body", &["tidegauge"]);
    let client = Client::rehearsal(settings(&fake), "tide/gauge".parse().expect("a repository")).expect("settings");
    client.ensure_label("severity:severe", "b60205", "").expect("a rehearsal");
    assert_eq!(client.open_issue(&draft(), MARKER).expect("a rehearsal").number, 0);
    assert_eq!(client.issues_labelled("tidegauge").expect("it reads").len(), 1);
    let edit = IssueEdit { body: Some("new".to_owned()), ..IssueEdit::default() };
    let edited = client.edit_issue(number, &edit).expect("a rehearsal");
    assert_eq!((edited.title.as_str(), edited.body.as_deref()), ("title", Some("new")));
    client.comment(number, MARKER, MARKER).expect("a rehearsal");
    let kept: Vec<String> = client.rehearsed().iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    let expected = [
        "POST /repos/tide/gauge/labels",
        "POST /repos/tide/gauge/issues",
        "PATCH /repos/tide/gauge/issues/1",
        "POST /repos/tide/gauge/issues/1/comments",
    ];
    assert_eq!(kept, expected);
    assert!(repository.writes().is_empty());
}

#[test]
fn a_rehearsal_without_a_token_asks_nothing_at_all() {
    let (fake, repository, _) = started();
    repository.open_issue(Account::bot(), "title", "body", &["tidegauge"]);
    let settings = Settings { token: None, ..settings(&fake) };
    let client = Client::rehearsal(settings, "tide/gauge".parse().expect("a repository")).expect("settings");
    assert!(client.issues_labelled("tidegauge").expect("nothing stands there").is_empty());
    client.ensure_label("tidegauge", "b60205", "").expect("a rehearsal");
    assert_eq!((client.rehearsed().len(), fake.requests().len()), (1, 0));
}

#[test]
fn writes_keep_the_pause_between_them() {
    let (fake, repository, _) = started();
    let number = repository.open_issue(Account::bot(), "title", "", &[]);
    let client = client_of(Settings { pause: Duration::from_millis(300), ..settings(&fake) });
    for text in ["one", "two", "three"] {
        client.comment(number, text, text).expect("a comment");
    }
    let at: Vec<Instant> = repository.writes().iter().map(|write| write.at).collect();
    // What lies on the way to the fake may take a little less the second time.
    assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(250)), "{at:?}");
}

#[test]
fn every_request_says_who_asks_for_what() {
    let (fake, _repository, client) = started();
    client.open_issue(&draft(), MARKER).expect("it is opened");
    let requests = fake.requests();
    let header = |name: &str| requests[0].request.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("authorization"), format!("Bearer {SECRET}"));
    assert_eq!(header("accept"), "application/vnd.github+json");
    assert_eq!(header("x-github-api-version"), "2022-11-28");
    assert_eq!(header("content-type"), "application/json");
    assert!(header("user-agent").starts_with("tidegauge"), "{}", header("user-agent"));
}

#[test]
fn the_pull_request_of_a_branch_is_the_one_with_that_last_commit() {
    let (_fake, repository, client) = started();
    let number = repository.open_pull(Account::person("someone", "NONE"), "mine", pull("someone", "fix"));
    assert_eq!(client.pull_request_of("someone:fix", "c0ffee"), Ok(Some(number)));
    assert_eq!(client.pull_request_of("someone:fix", "decade"), Ok(None), "pushed to since");
    assert_eq!(client.pull_request_of("other:fix", "c0ffee"), Ok(None), "another's branch of that name");
    repository.close(number, "completed");
    assert_eq!(client.pull_request_of("someone:fix", "c0ffee"), Ok(None), "closed");
}
