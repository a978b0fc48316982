//! The client by itself: what it asks, what it makes of answers that no well-meaning GitHub gives, and its dry run. What it does
//! after each fault stands in `writes`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use detector::github::{Client, GithubError, IssueDraft, IssueEdit, IssueState, Release, Settings, Token};

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

/// A server that gives these answers, whatever is asked, and returns the first lines of the requests. `{own}` in an answer is its
/// own address.
fn scripted(answers: &[(&str, &str)]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let own = format!("http://{}", listener.local_addr().expect("an address"));
    let answers: Vec<(String, String)> =
        answers.iter().map(|(head, body)| (head.replace("{own}", &own), body.replace("{own}", &own))).collect();
    let asked = thread::spawn(move || {
        let mut asked = Vec::new();
        for (head, body) in answers {
            let (mut connection, _) = listener.accept().expect("the client connects");
            let mut reader = BufReader::new(connection.try_clone().expect("a second end"));
            let mut length = 0;
            let mut lines = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            asked.extend(lines.next());
            for line in lines {
                let value = line.to_ascii_lowercase();
                length =
                    value.strip_prefix("content-length: ").map_or(length, |value| value.parse().expect("a length"));
            }
            reader.take(length).read_to_end(&mut Vec::new()).expect("the body");
            let end = format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            write!(connection, "HTTP/1.1 {head}\r\n{end}").expect("the client reads");
        }
        asked
    });
    (own, asked)
}

fn client_at(api_url: String) -> Client {
    client_of(Settings { api_url, token: Token::new(SECRET), patience: Duration::from_secs(4), pause: Duration::ZERO })
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
    for index in 0..250 {
        let number = repository.open_issue(Account::bot(), &format!("issue {index}"), "", &["tidegauge"]);
        if index % 2 == 0 {
            repository.close(number, "completed");
        }
    }
    let pull = repository.open_pull(Account::bot(), "a pull request", pull("tide", "branch"));
    repository.add_label(pull, "tidegauge");
    assert_eq!(client.issues_labelled("tidegauge").expect("a list").len(), 250);
    let recent = client.issues_recent().expect("a list");
    assert_eq!((recent.len(), recent[0].title.as_str()), (99, "issue 249"), "the newest of a hundred is no issue");
}

#[test]
fn a_github_enterprise_below_a_path_works() {
    let fake = Fake::start();
    let repository = fake.repository("tide/gauge");
    for _ in 0..101 {
        repository.open_issue(Account::bot(), "title", "", &["tidegauge"]);
    }
    fake.stand_behind(&format!("{}/api/v3", fake.own_url()));
    let client = client_of(settings(&fake));
    assert_eq!(client.issues_labelled("tidegauge").expect("a list").len(), 101);
    assert!(fake.requests().iter().all(|one| one.request.path.starts_with("/api/v3/repo")));
}

#[test]
fn nothing_else_is_asked_of_a_github_that_was_given_up() {
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
fn nobody_who_listens_is_a_github_that_is_away() {
    let (fake, ..) = started();
    let settings = Settings { patience: Duration::from_millis(300), ..settings(&fake) };
    drop(fake);
    // The port may be another's by now, and whatever answers there is not the fake.
    let error = client_of(settings).issues_recent().expect_err("nobody listens");
    assert!(!error.to_string().contains(SECRET), "{error}");
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
fn a_label_that_is_there_is_left_alone() {
    let (fake, repository, client) = started();
    client.ensure_label("tidegauge", "b60205", "first").expect("it is made");
    // Another client knows nothing of what this one made.
    client_of(settings(&fake)).ensure_label("tidegauge", "ffffff", "second").expect("it is there");
    assert_eq!((repository.writes().len(), repository.labels()[0].colour.as_str()), (1, "b60205"));
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

#[test]
fn a_next_page_on_another_host_is_not_followed() {
    let other = Fake::start();
    let link = format!("200 OK\r\nLink: <{}/repos/tide/gauge/issues?page=2>; rel=\"next\"", other.api_url());
    let (url, asked) = scripted(&[(&link, "[]")]);
    let error = client_at(url).issues_labelled("tidegauge").expect_err("another host");
    assert!(matches!(&error, GithubError::Odd { problem, .. } if problem.contains("another host")), "{error}");
    assert_eq!((asked.join().expect("one request").len(), other.requests().len()), (1, 0));
}

#[test]
fn an_address_that_repeats_the_token_is_told_without_it() {
    let padding = "x".repeat(95);
    for named in [format!("http://{SECRET}.example/"), format!("\\bad {SECRET}"), format!("{padding}{SECRET}")] {
        let redirect = format!("302 Found\r\nLocation: {named}");
        let link = format!("200 OK\r\nLink: <{named}>; rel=\"next\"");
        for head in [redirect, link] {
            let (url, asked) = scripted(&[(&head, "[]")]);
            let error = client_at(url).issues_labelled("tidegauge").expect_err("another host").to_string();
            let told = error.to_ascii_lowercase();
            // Not in part either.
            assert!(!told.contains(&SECRET[..5].to_ascii_lowercase()), "{error}");
            asked.join().expect("one request");
        }
        let (url, asked) = scripted(&[("200 OK", "[]")]);
        let error = client_at(url).upload_asset(&release(&named), "program", b"abc").expect_err("another host");
        assert!(!error.to_string().to_ascii_lowercase().contains(&SECRET[..5].to_ascii_lowercase()), "{error}");
        asked.join().expect("one request");
    }
}

#[test]
fn redirects_end() {
    let (url, asked) = scripted(&[("301 Moved\r\nLocation: {own}/repositories/1/issues", ""); 6]);
    let error = client_at(url).issues_recent().expect_err("round and round");
    assert!(error.to_string().contains("redirects more than 5 times"), "{error}");
    assert_eq!(asked.join().expect("six requests").len(), 6);
}

#[test]
fn labels_that_an_edit_lost_are_missed() {
    let (_fake, repository, client) = started();
    let number = repository.open_issue(Account::bot(), "title", "", &[]);
    repository.fault_on("PATCH issues/*", 1, Fault::LabelsDropped);
    let edit = IssueEdit { labels: Some(vec!["tidegauge".to_owned()]), ..IssueEdit::default() };
    let error = client.edit_issue(number, &edit).expect_err("the labels are missing");
    assert!(matches!(&error, GithubError::LabelsDropped { labels, .. } if labels == "tidegauge"), "{error}");
}

fn release(upload_url: &str) -> Release {
    Release {
        id: 7,
        tag_name: "baseline-programs".to_owned(),
        html_url: String::new(),
        upload_url: upload_url.to_owned(),
    }
}

#[test]
fn a_file_that_is_there_in_part_is_replaced() {
    let part = r#"[{"id": 5, "name": "program", "size": 0, "state": "starter"}]"#;
    let whole = r#"{"id": 6, "name": "program", "size": 3, "state": "uploaded"}"#;
    let (url, asked) = scripted(&[("200 OK", part), ("204 No Content", ""), ("201 Created", whole)]);
    let release = release(&format!("{url}/repos/tide/gauge/releases/7/assets{{?name,label}}"));
    assert_eq!(client_at(url).upload_asset(&release, "program", b"abc"), Ok(true));
    let expected = [
        "GET /repos/tide/gauge/releases/7/assets?per_page=100 HTTP/1.1",
        "DELETE /repos/tide/gauge/releases/assets/5 HTTP/1.1",
        "POST /repos/tide/gauge/releases/7/assets?name=program HTTP/1.1",
    ];
    assert_eq!(asked.join().expect("three requests"), expected);
}

#[test]
fn a_file_that_github_holds_in_another_size_is_an_error() {
    let short = r#"{"id": 6, "name": "program", "size": 2, "state": "uploaded"}"#;
    let (url, asked) = scripted(&[("200 OK", "[]"), ("201 Created", short)]);
    let release = release(&format!("{url}/repos/tide/gauge/releases/7/assets{{?name,label}}"));
    let error = client_at(url).upload_asset(&release, "program", b"abc").expect_err("a byte is missing");
    assert!(error.to_string().contains("2 bytes of 3"), "{error}");
    asked.join().expect("two requests");
}

#[test]
fn a_file_is_not_uploaded_to_another_host() {
    let other = Fake::start();
    let (url, asked) = scripted(&[("200 OK", "[]")]);
    let release = release(&format!("{}/repos/tide/gauge/releases/7/assets{{?name,label}}", other.api_url()));
    let error = client_at(url).upload_asset(&release, "program", b"abc").expect_err("another host");
    assert!(error.to_string().contains("another host to upload to"), "{error}");
    assert_eq!((asked.join().expect("one request").len(), other.requests().len()), (1, 0));
}

#[test]
fn an_answer_of_html_is_read_again() {
    let (url, asked) = scripted(&[("200 OK\r\nContent-Type: text/html", "<html>unicorn</html>"), ("200 OK", "[]")]);
    assert_eq!(client_at(url).issues_recent(), Ok(Vec::new()));
    assert_eq!(asked.join().expect("two requests").len(), 2);
}

#[test]
fn a_refusal_is_told_in_one_harmless_line() {
    let body = r#"{"message": "no\n::error::x ##[error]y \u001b[31m", "errors": [{"field": "title", "code": "missing_field"}]}"#;
    let (url, asked) = scripted(&[("422 Unprocessable", body)]);
    let error = client_at(url).issues_recent().expect_err("it is refused").to_string();
    assert!(
        error.starts_with("listing the newest issues in tide/gauge: GitHub answered 422 (no ::error::x #\\u{23}"),
        "{error}"
    );
    assert!(error.contains("; title missing_field)") && !error.contains(['\n', '\u{1b}']), "{error}");
    asked.join().expect("one request");
}

#[test]
fn an_answer_without_end_is_not_read_to_it() {
    let (url, asked) = scripted(&[("200 OK", &format!("[{}]", " ".repeat(64 << 20)))]);
    let settings =
        Settings { api_url: url, token: None, patience: Duration::from_secs(20), pause: Duration::from_mins(1) };
    let error = client_of(settings).issues_recent().expect_err("too much");
    assert!(error.to_string().contains("more than 64 MiB"), "{error}");
    // The server may not have got rid of all of it.
    drop(asked.join());
}
