//! The fake by itself: it answers as GitHub does, and fails where it is told to.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::fake::{Account, Fake, Fault, Pull, Repository};

const TOKEN: &str = "Authorization: Bearer of-a-test\r\n";

/// An answer as it came; the status is 0 where none did.
pub(crate) struct Seen {
    pub(crate) status: u16,
    head: String,
    body: String,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let start = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&start))
    }
}

/// Sends one request by hand, so that no client's manners stand between.
fn send(fake: &Fake, line: &str, headers: &str, body: &str) -> Seen {
    let own = fake.api_url();
    let mut connection = TcpStream::connect(own.trim_start_matches("http://")).expect("the fake listens");
    let length = body.len();
    write!(
        connection,
        "{line} HTTP/1.1\r\nHost: fake\r\nUser-Agent: test\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .expect("the fake reads");
    let mut text = String::new();
    connection.read_to_string(&mut text).ok();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Seen { status, head: head.to_owned(), body: body.to_owned() }
}

fn get(fake: &Fake, path: &str) -> Seen {
    send(fake, &format!("GET {path}"), "", "")
}

/// Sends a body by hand.
pub(crate) fn post(fake: &Fake, path: &str, body: &Value) -> Seen {
    let headers = format!("{TOKEN}Content-Type: application/json\r\n");
    send(fake, &format!("POST {path}"), &headers, &body.to_string())
}

/// A fake with one repository, `tide/gauge`.
fn started() -> (Fake, Repository) {
    let fake = Fake::start();
    let repository = fake.repository("tide/gauge");
    (fake, repository)
}

#[test]
fn an_issue_is_kept_as_it_was_opened() {
    let (fake, repository) = started();
    let draft = json!({ "title": "Slower", "body": "by half", "labels": ["tidegauge"] });
    let seen = post(&fake, "/repos/tide/gauge/issues", &draft);
    assert_eq!(seen.status, 201);
    assert_eq!(seen.json()["number"], 1);
    let issue = repository.issue(1);
    assert_eq!((issue.title.as_str(), issue.body.as_deref()), ("Slower", Some("by half")));
    assert_eq!(issue.labels, ["tidegauge"]);
    assert_eq!(get(&fake, "/repos/tide/gauge/issues/1").json(), seen.json());
}

#[test]
fn nothing_is_written_without_a_token() {
    let (fake, repository) = started();
    let seen = send(&fake, "POST /repos/tide/gauge/issues", "", r#"{"title":"Slower"}"#);
    assert_eq!(seen.status, 401);
    assert!(repository.issues().is_empty());
}

#[test]
fn a_long_list_comes_in_pages_that_name_the_next_one() {
    let (fake, repository) = started();
    for at in 0..230 {
        repository.open_issue(Account::bot(), &format!("Issue {at}"), "", &["tidegauge"]);
    }
    let mut path = "/repos/tide/gauge/issues?state=all&labels=tidegauge&per_page=500".to_owned();
    let mut lengths = Vec::new();
    loop {
        let seen = get(&fake, &path);
        lengths.push(seen.json().as_array().expect("a list").len());
        let links = seen.header("link").expect("more than one page").to_owned();
        let Some(next) = links.split(", ").find(|link| link.ends_with("rel=\"next\"")) else { break };
        let url = next.trim_start_matches('<').split('>').next().expect("an address");
        path = url.strip_prefix(&fake.api_url()).expect("the fake's own address").to_owned();
    }
    assert_eq!(lengths, [100, 100, 30]);
}

#[test]
fn only_issues_with_all_the_labels_are_listed() {
    let (fake, repository) = started();
    repository.open_issue(Account::bot(), "one", "", &["tidegauge", "a,b"]);
    repository.open_issue(Account::bot(), "two", "", &["tidegauge", "platform:linux-x86_64"]);
    let seen = get(&fake, "/repos/tide/gauge/issues?labels=tidegauge,platform%3Alinux-x86_64").json();
    assert_eq!(seen.as_array().expect("a list").len(), 1);
    assert_eq!(seen[0]["title"], "two");
}

#[test]
fn pull_requests_are_listed_among_the_issues() {
    let (fake, repository) = started();
    let pull = Pull {
        head_owner: "fork".to_owned(),
        head_branch: "faster".to_owned(),
        head_sha: "c0ffee".to_owned(),
        base_branch: "main".to_owned(),
        merged: false,
    };
    repository.open_pull(Account::person("fork", "NONE"), "Faster", pull);
    assert!(get(&fake, "/repos/tide/gauge/issues").json()[0]["pull_request"].is_object());
    let pulls = get(&fake, "/repos/tide/gauge/pulls?head=fork:faster").json();
    assert_eq!(pulls[0]["head"]["sha"], "c0ffee");
}

#[test]
fn a_locked_issue_takes_no_comment() {
    let (fake, repository) = started();
    repository.open_issue(Account::bot(), "one", "", &[]);
    repository.lock(1, true);
    let seen = post(&fake, "/repos/tide/gauge/issues/1/comments", &json!({ "body": "still slow" }));
    assert_eq!(seen.status, 403);
    assert!(repository.issue(1).comments.is_empty());
}

#[test]
fn a_deleted_issue_is_gone() {
    let (fake, repository) = started();
    repository.open_issue(Account::bot(), "one", "", &[]);
    repository.delete_issue(1);
    assert_eq!(get(&fake, "/repos/tide/gauge/issues/1").status, 410);
    assert_eq!(repository.open_issue(Account::bot(), "two", "", &[]), 2);
}

#[test]
fn a_renamed_repository_is_found_by_where_its_former_name_leads() {
    let (fake, repository) = started();
    repository.rename("tide/datum");
    let seen = get(&fake, "/repos/tide/gauge/issues?state=all");
    assert_eq!(seen.status, 301);
    let url = seen.header("location").expect("where to").to_owned();
    let path = url.strip_prefix(&fake.api_url()).expect("the fake's own address");
    assert_eq!(get(&fake, path).status, 200);
    assert_eq!(post(&fake, "/repos/tide/gauge/issues", &json!({ "title": "one" })).status, 307);
    assert!(repository.issues().is_empty());
}

#[test]
fn a_body_longer_than_github_takes_is_refused() {
    let (fake, _repository) = started();
    let draft = json!({ "title": "one", "body": "x".repeat(65_537) });
    let seen = post(&fake, "/repos/tide/gauge/issues", &draft);
    assert_eq!(seen.status, 422);
    assert_eq!(seen.json()["errors"][0]["field"], "body");
}

#[test]
fn a_label_is_made_once() {
    let (fake, repository) = started();
    let label = json!({ "name": "tidegauge", "color": "0e8a16", "description": "ours" });
    assert_eq!(post(&fake, "/repos/tide/gauge/labels", &label).status, 201);
    let seen = post(&fake, "/repos/tide/gauge/labels", &label);
    assert_eq!((seen.status, &seen.json()["errors"][0]["code"]), (422, &json!("already_exists")));
    assert_eq!(repository.labels().len(), 1);
}

#[test]
fn an_asset_is_downloaded_as_it_was_uploaded() {
    let (fake, repository) = started();
    let release = json!({ "tag_name": "baseline-programs", "prerelease": true });
    let release = post(&fake, "/repos/tide/gauge/releases", &release).json();
    let upload = release["upload_url"].as_str().expect("a template").replace("{?name,label}", "?name=generator-1");
    let path = upload.strip_prefix(&fake.api_url()).expect("the fake's own address");
    let headers = format!("{TOKEN}Content-Type: application/octet-stream\r\n");
    assert_eq!(send(&fake, &format!("POST {path}"), &headers, "a program").status, 201);
    assert_eq!(send(&fake, &format!("POST {path}"), &headers, "a program").status, 422);
    let asset = &repository.releases()[0].assets[0];
    assert_eq!(asset.content, b"a program");
    let leads = get(&fake, "/tide/gauge/releases/download/baseline-programs/generator-1");
    let url = leads.header("location").expect("where to").to_owned();
    assert_eq!(get(&fake, url.strip_prefix(&fake.api_url()).expect("the fake's own address")).body, "a program");
}

#[test]
fn a_fault_meets_the_requests_it_was_set_for_and_no_other() {
    let (fake, repository) = started();
    repository.fault_on("POST issues", 2, Fault::Status(502));
    assert_eq!(get(&fake, "/repos/tide/gauge/issues").status, 200);
    let draft = json!({ "title": "one" });
    let statuses = [(); 3].map(|()| post(&fake, "/repos/tide/gauge/issues", &draft).status);
    assert_eq!(statuses, [502, 502, 201]);
    assert_eq!(repository.issues().len(), 1);
}

#[test]
fn a_connection_dropped_after_the_request_leaves_the_issue() {
    let (fake, repository) = started();
    let draft = json!({ "title": "one" });
    fake.fault(Fault::DroppedBefore);
    assert_eq!(post(&fake, "/repos/tide/gauge/issues", &draft).status, 0);
    assert!(repository.issues().is_empty());
    fake.fault(Fault::DroppedAfter);
    assert_eq!(post(&fake, "/repos/tide/gauge/issues", &draft).status, 0);
    assert_eq!(repository.issues().len(), 1);
}

#[test]
fn a_truncated_answer_is_shorter_than_it_says() {
    let (fake, _repository) = started();
    fake.fault(Fault::Truncated);
    let seen = get(&fake, "/repos/tide/gauge");
    let said: usize = seen.header("content-length").and_then(|length| length.parse().ok()).expect("a length");
    assert!(seen.body.len() < said, "{} of {said}", seen.body.len());
}

#[test]
fn a_slow_answer_comes_when_it_was_told_to() {
    let (fake, _repository) = started();
    fake.fault(Fault::Slow(Duration::from_millis(300)));
    let start = Instant::now();
    assert_eq!(get(&fake, "/repos/tide/gauge").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_wait_is_told_as_github_tells_it() {
    let (fake, _repository) = started();
    fake.fault(Fault::RetryAfter(429, 7));
    let seen = get(&fake, "/repos/tide/gauge");
    assert_eq!((seen.status, seen.header("retry-after")), (429, Some("7")));
    fake.fault(Fault::RateLimit(9));
    let seen = get(&fake, "/repos/tide/gauge");
    assert_eq!((seen.status, seen.header("x-ratelimit-remaining")), (403, Some("0")));
}

#[test]
fn labels_are_dropped_without_a_word() {
    let (fake, repository) = started();
    fake.fault(Fault::LabelsDropped);
    let seen = post(&fake, "/repos/tide/gauge/issues", &json!({ "title": "one", "labels": ["tidegauge"] }));
    assert_eq!(seen.status, 201);
    assert!(repository.issue(1).labels.is_empty());
}

#[test]
fn every_request_is_recorded_with_what_became_of_it() {
    let (fake, repository) = started();
    fake.repository("tide/gauges");
    fake.fault(Fault::DroppedBefore);
    get(&fake, "/repos/tide/gauge/issues");
    get(&fake, "/repos/tide/gauges/issues");
    post(&fake, "/repos/tide/gauge/issues", &json!({ "title": "one" }));
    let recorded: Vec<_> = repository.requests().iter().map(|it| (it.line(), it.status)).collect();
    let expected = [("GET /repos/tide/gauge/issues", None), ("POST /repos/tide/gauge/issues", Some(201))];
    assert_eq!(recorded, expected.map(|(line, status)| (line.to_owned(), status)));
    assert_eq!(repository.writes().len(), 1);
    assert_eq!(fake.requests().len(), 3);
}
