//! A small GitHub on a local port: it keeps what it is told, answers as GitHub does, and fails where a test asks it to.
//!
//! A test binary takes it in with `#[path = "…/github/fake.rs"] mod fake;`, and expects dead code there: each uses a part.
//! As GitHub Enterprise it is asked below `/api/v3`.
//!
//! Faults are in front of it: where [`Fake::check_through`] names a validating proxy, what is not made to go wrong takes its way
//! through the proxy and back here, and what the proxy finds wrong is kept in [`Fake::violations`].
//!
//! ```ignore
//! let fake = Fake::start();
//! let repository = fake.repository("tide/gauge");
//! repository.fault_on("POST issues", 1, Fault::DroppedAfter);
//! // … a program runs with GITHUB_API_URL = fake.api_url() and any GITHUB_TOKEN …
//! assert_eq!(repository.issues().len(), 1);
//! ```

#[path = "fake/answers.rs"]
mod answers;
#[path = "fake/http.rs"]
mod http;
#[path = "fake/routes.rs"]
mod routes;
#[path = "fake/state.rs"]
mod state;

use std::{
    io::{self, BufReader},
    mem,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::{Value, json};

use self::{
    answers::{Seen, refusal},
    http::Answer,
    routes::Twist,
    state::State,
};
pub(crate) use self::{
    http::Request,
    state::{Account, Asset, Comment, Issue, Label, Pull, Release},
};

/// How long a connection may be silent before the fake lets go of it.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// Requests an hour, as for a person's token.
const RATE_LIMIT: u64 = 5000;

/// What a request is given on its way through the proxy: what stood before its path.
const PREFIX: &str = "x-fake-prefix";

/// What a request is given on its way through the proxy: what a fault changes about the answer.
const TWIST: &str = "x-fake-twist";

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This status, and nothing is done: 500, 502, 503, …
    Status(u16),
    /// This status with GitHub's error body and this message, and nothing is done.
    Refused(u16, &'static str),
    /// 429 or 403 with `Retry-After` in seconds, and nothing is done.
    RetryAfter(u16, u64),
    /// 403 by a secondary rate limit that names no time to wait.
    SecondaryLimit,
    /// 403 because the hour's requests are used up, for so many seconds more.
    RateLimit(u64),
    /// The connection ends without an answer, and nothing is done.
    DroppedBefore,
    /// The connection ends without an answer after all was done.
    DroppedAfter,
    /// The answer comes so late, after all was done.
    Slow(Duration),
    /// All is done so late, and then answered.
    Late(Duration),
    /// All was done, and the answer's body is no JSON.
    Garbage,
    /// All was done, and the connection ends in the middle of the answer's body.
    Truncated,
    /// All is done but the labels, and the answer is as always.
    LabelsDropped,
    /// 502 to an upload, and an asset that is there in part.
    HalfUploaded,
    /// All is done, and the answer's `labels` are no list, which GitHub never sends.
    Wrong,
    /// The issue is locked for this comment.
    Locked,
    /// 301 (307 for a write) to this address, and nothing is done.
    Redirected(String),
}

impl Fault {
    /// The answer instead of GitHub's, where there is one and nothing is done.
    fn refusal(&self, is_write: bool) -> Option<Answer> {
        const SECONDARY: &str =
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        Some(match self {
            Self::Status(status) => refusal(*status, "The fake was told to fail."),
            Self::Refused(status, message) => refusal(*status, message),
            Self::RetryAfter(status, wait_s) => refusal(*status, SECONDARY).with("retry-after", wait_s.to_string()),
            Self::SecondaryLimit => refusal(403, SECONDARY),
            Self::RateLimit(_) => refusal(403, "API rate limit exceeded for installation."),
            Self::Redirected(to) => {
                let body = json!({ "message": "Moved Permanently", "url": to });
                Answer::json(if is_write { 307 } else { 301 }, &body).with("location", to.clone())
            }
            _ => return None,
        })
    }
}

/// A request that came, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) request: Request,
    /// The answer's status; `None` where the connection was dropped.
    pub(crate) status: Option<u16>,
    /// What was made to go wrong.
    pub(crate) fault: Option<Fault>,
    /// When it had come whole.
    pub(crate) at: Instant,
}

impl Recorded {
    /// `POST /repos/tide/gauge/issues`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.request.method, self.request.path)
    }
}

/// A request or answer that is not as GitHub describes it.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    /// The request, as [`Recorded::line`] has it.
    pub(crate) line: String,
    /// What is wrong, in the proxy's words.
    pub(crate) what: String,
}

/// A fault that waits for its requests.
#[derive(Debug)]
struct Trap {
    pattern: String,
    times: usize,
    fault: Fault,
    /// What waits once this one has been met.
    then: Option<Box<Self>>,
}

#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    inside: Mutex<Inside>,
    stopped: AtomicBool,
}

#[derive(Debug)]
struct Inside {
    state: State,
    /// The API's address that it gives out, where that is not its own.
    stands_behind: Option<String>,
    checker: Option<SocketAddr>,
    violations: Vec<Violation>,
    traps: Vec<Trap>,
    recorded: Vec<Recorded>,
    used: u64,
}

impl Shared {
    /// A test that failed while it held the lock has said so; the others go on.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What GitHub does and answers.
    fn done(&self, request: &Request, prefix: &str, twist: Twist) -> Answer {
        let mut inside = self.inside();
        let server = self.own_url();
        let api = inside.stands_behind.clone().unwrap_or_else(|| format!("{server}{prefix}"));
        let mut answer = routes::answer(&mut inside.state, &Seen { api, server }, request, twist);
        if twist == Twist::Wrong {
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            body["labels"] = json!("no list");
            answer.body = body.to_string().into_bytes();
        }
        answer
    }

    /// What GitHub does and answers, where there is a proxy under its eyes.
    fn answered(&self, request: &Request, twist: Twist) -> Answer {
        let (prefix, path) = match request.path.strip_prefix("/api/uploads") {
            Some(rest) => ("/api/v3", format!("/uploads{rest}")),
            None => request
                .path
                .strip_prefix("/api/v3")
                .map_or(("", request.path.clone()), |rest| ("/api/v3", rest.to_owned())),
        };
        let request = Request { path, ..request.clone() };
        let checker = {
            let inside = self.inside();
            inside.checker.filter(|_| routes::is_described(&inside.state, &request.path))
        };
        match checker {
            Some(checker) => self.checked(checker, &request, prefix, twist),
            None => self.done(&request, prefix, twist),
        }
    }

    /// The answer that comes back from the proxy; what it found wrong is kept.
    fn checked(&self, checker: SocketAddr, request: &Request, prefix: &str, twist: Twist) -> Answer {
        let query = request.target.find('?').map_or("", |at| &request.target[at..]);
        let target = format!("{}{query}", request.path);
        let more = [(PREFIX, prefix), (TWIST, twist.written())];
        let mut answer = match http::exchange(checker, request, &target, &more) {
            Ok(answer) => answer,
            Err(error) => refusal(500, &format!("the validating proxy does not answer: {error}")),
        };
        let said: Value =
            answer.header("sl-violations").and_then(|it| serde_json::from_str(it).ok()).unwrap_or_default();
        let errors = said.as_array().into_iter().flatten().filter(|violation| violation["severity"] == "Error");
        let mut found: Vec<String> = errors.map(Value::to_string).collect();
        // What the proxy answers by itself.
        if answer.status == 500 || answer.header("content-type").is_some_and(|it| it.contains("problem+json")) {
            found.push(String::from_utf8_lossy(&answer.body).into_owned());
        }
        let line = format!("{} {target}", request.method);
        self.inside().violations.extend(found.into_iter().map(|what| Violation { line: line.clone(), what }));
        let passed = ["content-type", "link", "location"];
        answer.headers.retain(|(name, _)| passed.contains(&name.as_str()));
        answer
    }

    /// The first fault that waits for such a request.
    fn trapped(&self, request: &Request) -> Option<Fault> {
        let line = format!("{} {}", request.method, request.path);
        let traps = &mut self.inside().traps;
        let trap = traps.iter_mut().find(|trap| trap.times > 0 && fits(&trap.pattern, &line))?;
        trap.times -= 1;
        let (fault, then) = (trap.fault.clone(), trap.then.take());
        traps.retain(|trap| trap.times > 0);
        traps.extend(then.map(|then| *then));
        Some(fault)
    }
}

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Fake {
    shared: Arc<Shared>,
}

impl Fake {
    /// Starts it on a free port of 127.0.0.1.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let inside = Inside {
            state: State::default(),
            stands_behind: None,
            checker: None,
            violations: Vec::new(),
            traps: Vec::new(),
            recorded: Vec::new(),
            used: 0,
        };
        let stopped = AtomicBool::new(false);
        let shared = Arc::new(Shared { address, inside: Mutex::new(inside), stopped });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if serving.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let serving = Arc::clone(&serving);
                // A connection that breaks is the client's affair.
                thread::spawn(move || serve(&serving, connection).ok());
            }
        });
        Self { shared }
    }

    /// The fake's own address, whatever it gives out: `http://127.0.0.1:PORT`.
    pub(crate) fn own_url(&self) -> String {
        self.shared.own_url()
    }

    /// What a client takes as `GITHUB_API_URL`.
    pub(crate) fn api_url(&self) -> String {
        self.shared.inside().stands_behind.clone().unwrap_or_else(|| self.shared.own_url())
    }

    /// From now on the addresses that it gives out are below this one: a proxy's, or its own with GitHub Enterprise's `/api/v3`.
    pub(crate) fn stand_behind(&self, api_url: &str) {
        self.shared.inside().stands_behind = Some(api_url.to_owned());
    }

    /// What a client takes as `GITHUB_SERVER_URL`.
    pub(crate) fn server_url(&self) -> String {
        self.shared.own_url()
    }

    /// Has requests and answers looked at by a validating proxy, whose upstream is this fake.
    pub(crate) fn check_through(&self, proxy: SocketAddr) {
        self.shared.inside().checker = Some(proxy);
    }

    /// Whether it does so.
    pub(crate) fn is_checked(&self) -> bool {
        self.shared.inside().checker.is_some()
    }

    /// What the proxy found wrong.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.shared.inside().violations.clone()
    }

    /// The same, which is then forgotten: a test that does wrong on purpose takes its own away.
    pub(crate) fn take_violations(&self) -> Vec<Violation> {
        mem::take(&mut self.shared.inside().violations)
    }

    /// Sets the clock, which then stands still.
    pub(crate) fn set_now(&self, now: Timestamp) {
        self.shared.inside().state.now = Some(now);
    }

    /// Makes a repository `OWNER/NAME` without anything in it.
    pub(crate) fn repository(&self, full_name: &str) -> Repository {
        let (owner, name) = full_name.split_once('/').expect("a repository is OWNER/NAME");
        let mut inside = self.shared.inside();
        let id = inside.state.id();
        let repository = state::Repository {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            former: Vec::new(),
            issues: [].into(),
            deleted: Vec::new(),
            labels: Vec::new(),
            releases: Vec::new(),
            collaborators: Vec::new(),
            branches: [].into(),
            created_at: inside.state.now(),
        };
        inside.state.repositories.insert(id, repository);
        Repository { shared: Arc::clone(&self.shared), id }
    }

    /// The next request, whichever it is, meets this fault. Several wait in their order.
    pub(crate) fn fault(&self, fault: Fault) {
        self.fault_on("*", 1, fault);
    }

    /// The next so many requests that fit the pattern, `METHOD PATH` with `*` for any text, meet this fault.
    pub(crate) fn fault_on(&self, pattern: &str, times: usize, fault: Fault) {
        self.shared.inside().traps.push(Trap { pattern: pattern.to_owned(), times, fault, then: None });
    }

    /// Takes all faults away that still wait.
    pub(crate) fn clear_faults(&self) {
        self.shared.inside().traps.clear();
    }

    /// All requests that came, in their order.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.shared.inside().recorded.clone()
    }

    /// Forgets the requests that came.
    pub(crate) fn forget_requests(&self) {
        self.shared.inside().recorded.clear();
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is over.
        TcpStream::connect(self.shared.address).ok();
    }
}

/// A repository of the fake's: how it stands, and what people do in it by hand.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    shared: Arc<Shared>,
    id: u64,
}

impl Repository {
    fn with<T>(&self, work: impl FnOnce(&mut State, u64) -> T) -> T {
        work(&mut self.shared.inside().state, self.id)
    }

    fn change<T>(&self, work: impl FnOnce(&mut state::Repository) -> T) -> T {
        self.with(|state, id| work(state.repositories.get_mut(&id).expect("a repository is never removed")))
    }

    #[track_caller]
    fn change_issue(&self, number: u64, work: impl FnOnce(&mut Issue, Timestamp)) {
        let now = self.with(|state, _| state.now());
        self.change(|repository| work(repository.issues.get_mut(&number).expect("an issue of that number"), now));
    }

    /// The id, under which its links lead.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// `OWNER/NAME`, as it is called now.
    pub(crate) fn full_name(&self) -> String {
        self.change(|repository| repository.full_name())
    }

    /// Its issues by number, without pull requests.
    pub(crate) fn issues(&self) -> Vec<Issue> {
        self.change(|it| it.issues.values().filter(|issue| issue.pull.is_none()).cloned().collect())
    }

    /// Its pull requests by number.
    pub(crate) fn pulls(&self) -> Vec<Issue> {
        self.change(|it| it.issues.values().filter(|issue| issue.pull.is_some()).cloned().collect())
    }

    /// The issue or pull request of that number.
    #[track_caller]
    pub(crate) fn issue(&self, number: u64) -> Issue {
        self.change(|repository| repository.issues.get(&number).cloned()).expect("an issue of that number")
    }

    /// The labels that there are.
    pub(crate) fn labels(&self) -> Vec<Label> {
        self.change(|repository| repository.labels.clone())
    }

    /// The releases that there are.
    pub(crate) fn releases(&self) -> Vec<Release> {
        self.change(|repository| repository.releases.clone())
    }

    /// The requests to this repository, under the name that it has now, one that it had, or its id.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        let ours = self.is_ours();
        self.shared.inside().recorded.iter().filter(|recorded| ours(recorded)).cloned().collect()
    }

    /// Forgets them.
    pub(crate) fn forget_requests(&self) {
        let ours = self.is_ours();
        self.shared.inside().recorded.retain(|recorded| !ours(recorded));
    }

    /// Whether a request was to this repository.
    fn is_ours(&self) -> impl Fn(&Recorded) -> bool + use<> {
        let names = self.change(|repository| {
            let mut names = repository.former.clone();
            names.push(repository.full_name());
            names
        });
        let mut starts: Vec<String> = names.iter().map(|name| format!("/repos/{name}")).collect();
        starts.push(format!("/repositories/{}", self.id));
        move |recorded: &Recorded| {
            starts.iter().any(|start| {
                let at = recorded.request.path.find(start.as_str()).map(|at| at + start.len());
                at.is_some_and(|at| matches!(recorded.request.path.as_bytes().get(at), None | Some(b'/')))
            })
        }
    }

    /// Those of them that ask for a change.
    pub(crate) fn writes(&self) -> Vec<Recorded> {
        self.requests().into_iter().filter(|recorded| recorded.request.is_write()).collect()
    }

    /// The next so many requests to this repository that fit, `METHOD REST` with `*` for any text, meet this fault: `POST
    /// issues` opens an issue, `* *` is any request.
    pub(crate) fn fault_on(&self, pattern: &str, times: usize, fault: Fault) {
        let (method, rest) = pattern.split_once(' ').expect("a pattern is METHOD REST");
        let pattern = format!("{method} */repos/{}/{rest}", self.full_name());
        self.shared.inside().traps.push(Trap { pattern, times, fault, then: None });
    }

    /// The next request that fits meets the one fault, and all that come after it to this repository the other: GitHub goes away
    /// in the middle.
    pub(crate) fn fault_after(&self, pattern: &str, first: Fault, then: Fault) {
        let (method, rest) = pattern.split_once(' ').expect("a pattern is METHOD REST");
        let pattern = format!("{method} */repos/{}/{rest}", self.full_name());
        let rest = format!("* */repos/{}/*", self.full_name());
        let then = Trap { pattern: rest, times: usize::MAX, fault: then, then: None };
        let trap = Trap { pattern, times: 1, fault: first, then: Some(Box::new(then)) };
        self.shared.inside().traps.push(trap);
    }

    /// Takes away the faults that wait for requests to this repository.
    pub(crate) fn clear_faults(&self) {
        let ours = format!("/repos/{}/", self.full_name());
        self.shared.inside().traps.retain(|trap| !trap.pattern.contains(&ours));
    }

    /// A person closes an issue: `completed` or `not_planned`.
    #[track_caller]
    pub(crate) fn close(&self, number: u64, reason: &str) {
        let by = Account::person("keeper", "OWNER");
        self.change_issue(number, |issue, now| issue.set_open(false, Some(reason), &by, now));
    }

    /// A person re-opens an issue.
    #[track_caller]
    pub(crate) fn reopen(&self, number: u64) {
        let by = Account::person("keeper", "OWNER");
        self.change_issue(number, |issue, now| issue.set_open(true, None, &by, now));
    }

    /// A person locks an issue, or takes the lock away.
    #[track_caller]
    pub(crate) fn lock(&self, number: u64, locked: bool) {
        self.change_issue(number, |issue, _| issue.locked = locked);
    }

    /// A person gives an issue a label.
    #[track_caller]
    pub(crate) fn add_label(&self, number: u64, name: &str) {
        let id = self.with(|state, _| state.id());
        self.change(|repository| repository.make_labels(&[name.to_owned()], || id));
        self.change_issue(number, |issue, _| issue.labels.push(name.to_owned()));
    }

    /// A person takes a label from an issue.
    #[track_caller]
    pub(crate) fn remove_label(&self, number: u64, name: &str) {
        self.change_issue(number, |issue, _| issue.labels.retain(|label| label != name));
    }

    /// A person removes a label from the repository, and so from all issues.
    pub(crate) fn delete_label(&self, name: &str) {
        self.change(|repository| {
            repository.labels.retain(|label| label.name != name);
            for issue in repository.issues.values_mut() {
                issue.labels.retain(|label| label != name);
            }
        });
    }

    /// A person deletes an issue; its number is not given again.
    pub(crate) fn delete_issue(&self, number: u64) {
        self.change(|repository| {
            repository.issues.remove(&number);
            repository.deleted.push(number);
        });
    }

    /// A person renames the repository; the former name leads to it.
    pub(crate) fn rename(&self, full_name: &str) {
        let (owner, name) = full_name.split_once('/').expect("a repository is OWNER/NAME");
        self.change(|repository| {
            repository.former.push(repository.full_name());
            owner.clone_into(&mut repository.owner);
            name.clone_into(&mut repository.name);
        });
    }

    /// Somebody may be assigned from now on.
    pub(crate) fn add_collaborator(&self, login: &str) {
        self.change(|repository| repository.collaborators.push(login.to_owned()));
    }

    /// A branch stands at this commit. Without any, every branch is taken to be there.
    pub(crate) fn set_branch(&self, branch: &str, sha: &str) {
        self.change(|repository| repository.branches.insert(branch.to_owned(), sha.to_owned()));
    }

    /// Somebody opens an issue; its number.
    pub(crate) fn open_issue(&self, author: Account, title: &str, body: &str, labels: &[&str]) -> u64 {
        self.add(author, title, body, labels, None)
    }

    /// Somebody opens a pull request; its number.
    pub(crate) fn open_pull(&self, author: Account, title: &str, pull: Pull) -> u64 {
        self.add(author, title, "", &[], Some(pull))
    }

    fn add(&self, author: Account, title: &str, body: &str, labels: &[&str], pull: Option<Pull>) -> u64 {
        let (id, now) = self.with(|state, _| (state.id(), state.now()));
        let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        self.change(|repository| {
            let mut last = id * 1000;
            repository.make_labels(&labels, || {
                last += 1;
                last
            });
            let number = repository.next_number();
            let issue = Issue {
                id,
                number,
                title: title.to_owned(),
                body: Some(body.to_owned()),
                open: true,
                state_reason: None,
                labels,
                assignees: Vec::new(),
                locked: false,
                author,
                closed_by: None,
                created_at: now,
                updated_at: now,
                closed_at: None,
                comments: Vec::new(),
                pull,
            };
            repository.issues.insert(number, issue);
            number
        })
    }

    /// Somebody comments; the comment's id.
    #[track_caller]
    pub(crate) fn comment(&self, number: u64, author: Account, body: &str) -> u64 {
        let id = self.with(|state, _| state.id());
        self.change_issue(number, |issue, now| {
            issue.updated_at = now;
            issue.comments.push(Comment { id, body: body.to_owned(), author, created_at: now, updated_at: now });
        });
        id
    }

    /// A person merges a pull request.
    #[track_caller]
    pub(crate) fn merge(&self, number: u64) {
        let by = Account::person("keeper", "OWNER");
        self.change_issue(number, |issue, now| {
            issue.set_open(false, None, &by, now);
            issue.pull.as_mut().expect("a pull request").merged = true;
        });
    }

    /// A release with these files, as it was made some time before.
    pub(crate) fn add_release(&self, tag: &str, assets: &[(&str, &[u8])]) {
        let (id, now) = self.with(|state, _| (state.id(), state.now()));
        let assets = assets.iter().map(|(name, content)| Asset {
            id: self.with(|state, _| state.id()),
            name: (*name).to_owned(),
            content_type: "application/octet-stream".to_owned(),
            content: content.to_vec(),
            is_whole: true,
            created_at: now,
        });
        let release = Release {
            id,
            tag: tag.to_owned(),
            target: "main".to_owned(),
            name: None,
            body: None,
            draft: false,
            prerelease: true,
            assets: assets.collect(),
            created_at: now,
        };
        self.change(|repository| repository.releases.push(release));
    }
}

/// Answers the requests of a connection, until a side ends it.
fn serve(shared: &Shared, connection: TcpStream) -> io::Result<()> {
    connection.set_read_timeout(Some(SILENCE_MAX))?;
    connection.set_nodelay(true)?;
    let mut writer = connection.try_clone()?;
    let mut reader = BufReader::new(connection);
    while let Some(request) = http::read(&mut reader)? {
        let ends = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if let Some(prefix) = request.header(PREFIX) {
            // It was met by its fault and written down on its way to the proxy, and comes back from there.
            let answer = shared.done(&request, prefix, Twist::read(request.header(TWIST)));
            http::write(&mut writer, &answer, false)?;
            continue;
        }
        let fault = shared.trapped(&request);
        if let Some(Fault::Late(wait)) = fault {
            thread::sleep(wait);
        }
        let Some(answer) = answer(shared, request, fault.clone()) else { return Ok(()) };
        if let Some(Fault::Slow(wait)) = fault {
            thread::sleep(wait);
        }
        let cut = fault == Some(Fault::Truncated);
        http::write(&mut writer, &answer, cut)?;
        if cut || ends {
            return Ok(());
        }
    }
    Ok(())
}

/// What is sent; `None` where the connection is dropped.
fn answer(shared: &Shared, request: Request, fault: Option<Fault>) -> Option<Answer> {
    let at = Instant::now();
    let refused = fault.as_ref().and_then(|fault| fault.refusal(request.is_write()));
    let mut answer = match (&fault, refused) {
        (_, Some(refused)) => Some(refused),
        (Some(Fault::DroppedBefore), None) => None,
        _ => Some(shared.answered(&request, Twist::of(fault.as_ref()))),
    };
    match fault {
        Some(Fault::DroppedAfter) => answer = None,
        Some(Fault::Garbage) => {
            if let Some(answer) = &mut answer {
                answer.body = b"<html>\0 not what was asked for".to_vec();
            }
        }
        _ => {}
    }
    let mut inside = shared.inside();
    inside.used += 1;
    let answer = answer.map(|answer| with_limits(answer, inside.used, fault.as_ref()));
    let status = answer.as_ref().map(|answer| answer.status);
    inside.recorded.push(Recorded { request, status, fault, at });
    answer
}

/// Whether a text fits a pattern with `*` for any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            starts.any(|at| fits(rest, &text[at..]))
        }),
    }
}

/// How many requests are left, as GitHub says with every answer.
fn with_limits(answer: Answer, used: u64, fault: Option<&Fault>) -> Answer {
    let now_s = Timestamp::now().as_second();
    let (remaining, reset_s) = match fault {
        Some(Fault::RateLimit(wait_s)) => (0, now_s + i64::try_from(*wait_s).unwrap_or(i64::MAX / 2)),
        _ => (RATE_LIMIT - used % RATE_LIMIT, now_s + 3600),
    };
    answer
        .with("x-ratelimit-limit", RATE_LIMIT.to_string())
        .with("x-ratelimit-remaining", remaining.to_string())
        .with("x-ratelimit-used", (RATE_LIMIT - remaining).to_string())
        .with("x-ratelimit-reset", reset_s.to_string())
        .with("x-ratelimit-resource", "core")
        .with("x-github-request-id", format!("FAKE:{used:X}"))
}
