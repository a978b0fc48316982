//! The client: one repository, requests with bounded patience, and the care that nothing is made twice.
//!
//! Reads, and writes that say the same again, are repeated. A creation whose outcome is not known (no answer, one that cannot be
//! read, a server that failed) is looked for first, and made again only where it is not there.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use ureq::http::Method;

use super::{
    GithubError, Issue, Rehearsed, Repository, Settings, Token,
    address::{ApiUrl, Target, next_page},
    retry::{Effect, Happened, Said, Step, meaning, step},
    transport::{Answer, Body, Broken, Request, Transport},
};
use crate::output::visible;

/// The most redirects of one request.
const REDIRECTS_MOST: u32 = 5;

/// The most pages of a list: ten thousand issues or comments.
const PAGES_MOST: u32 = 100;

/// The most characters of an answer's message that an error repeats.
const SAID_CHARS: usize = 300;

/// The most characters of a host that an error repeats.
pub(super) const HOST_CHARS: usize = 100;

/// How often a creation whose outcome is not known is looked for: GitHub may still be at it.
const LOOKS: u32 = 2;

/// GitHub, as seen from one repository.
pub struct Client {
    pub(super) base: ApiUrl,
    pub(super) repository: Repository,
    token: Option<Token>,
    transport: Transport,
    patience: Duration,
    pause: Duration,
    /// What was spent of the patience: failed attempts, and the waits after them.
    spent: Cell<Duration>,
    /// The patience ran out: whatever else is asked is not tried.
    is_gone: Cell<bool>,
    written: Cell<Option<Instant>>,
    /// Labels that are known to be there.
    pub(super) labels: RefCell<BTreeSet<String>>,
    /// The writes of a rehearsal; `None` where they are sent.
    rehearsed: Option<RefCell<Vec<Rehearsed>>>,
    /// In a rehearsal, the issues as they would stand.
    pub(super) issues: RefCell<BTreeMap<u64, Issue>>,
}

/// How an answer becomes what was asked for; `None` where it makes no sense.
type Reading<'a, T> = &'a dyn Fn(&Answer) -> Option<T>;

/// Where a creation of unknown outcome is looked for.
type Look<'a, T> = &'a dyn Fn() -> Result<Option<T>, GithubError>;

impl Client {
    /// A client that does what it is asked to.
    ///
    /// # Errors
    ///
    /// [`GithubError::Settings`] when the API's address is none, or would take the token in the clear; or the proxy is none.
    pub fn new(settings: Settings, repository: Repository) -> Result<Self, GithubError> {
        let base = ApiUrl::parse(&settings.api_url).map_err(|problem| {
            GithubError::Settings(format!("the address of GitHub's API (GITHUB_API_URL) {problem}"))
        })?;
        let transport = Transport::new(&settings, &base).map_err(GithubError::Settings)?;
        Ok(Self {
            base,
            repository,
            transport,
            token: settings.token,
            patience: settings.patience,
            pause: settings.pause,
            spent: Cell::default(),
            is_gone: Cell::default(),
            written: Cell::default(),
            labels: RefCell::default(),
            rehearsed: None,
            issues: RefCell::default(),
        })
    }

    /// A client that keeps what it would write, and sends none of it. With a token it reads what stands on GitHub; without
    /// one, it finds nothing there. What it would have made has the number 0.
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    pub fn rehearsal(settings: Settings, repository: Repository) -> Result<Self, GithubError> {
        Ok(Self { rehearsed: Some(RefCell::default()), ..Self::new(settings, repository)? })
    }

    /// What was not sent, in order: empty where this is no rehearsal.
    #[must_use]
    pub fn rehearsed(&self) -> Vec<Rehearsed> {
        self.rehearsed.as_ref().map(|requests| requests.borrow().clone()).unwrap_or_default()
    }

    /// The repository.
    #[must_use]
    pub const fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Whether nothing is sent at all: a rehearsal without a token.
    pub(super) const fn is_blind(&self) -> bool {
        self.rehearsed.is_some() && self.token.is_none()
    }

    pub(super) const fn is_rehearsal(&self) -> bool {
        self.rehearsed.is_some()
    }

    /// A path below the repository.
    pub(super) fn below(&self, parts: &[&str], query: &[(&str, &str)]) -> Target {
        let repository = ["repos", &self.repository.owner, &self.repository.name];
        self.base.target(&[&repository, parts].concat(), query)
    }

    /// What is done, with the repository in which.
    pub(super) fn act(&self, what: &str) -> String {
        format!("{what} in {}", self.repository)
    }

    /// All pages of a list.
    pub(super) fn list<T: DeserializeOwned>(&self, act: String, first: Target) -> Result<Vec<T>, GithubError> {
        self.pages(act, first, PAGES_MOST)
    }

    /// The first page of a list.
    pub(super) fn first_page<T: DeserializeOwned>(&self, act: String, target: Target) -> Result<Vec<T>, GithubError> {
        self.pages(act, target, 1)
    }

    fn pages<T: DeserializeOwned>(&self, act: String, first: Target, most: u32) -> Result<Vec<T>, GithubError> {
        let mut items = Vec::new();
        if self.is_blind() {
            return Ok(items);
        }
        let mut request = Request { act, method: Method::GET, target: first, body: Body::Nothing };
        for page in 1..=PAGES_MOST {
            let read = |answer: &Answer| {
                let items: Vec<T> = json(answer)?;
                Some((items, answer.header("link").and_then(next_page).map(str::to_owned)))
            };
            let (found, next) = self.ask(&request, &read, None)?;
            items.extend(found);
            let Some(next) = next.filter(|_| page < most) else {
                return Ok(items);
            };
            request.target = self.base.resolve(&next).map_err(|host| {
                let problem = format!(
                    "the next page of the list is on another host ({}), to which no token is sent; set GITHUB_API_URL to where \
                     the API says that it is",
                    self.harmless(&host, HOST_CHARS)
                );
                GithubError::Odd { act: request.act.clone(), problem }
            })?;
        }
        let problem = format!("the list has more than {PAGES_MOST} pages");
        Err(GithubError::Odd { act: request.act, problem })
    }

    /// One thing, or `None` where there is no such thing.
    pub(super) fn get<T: DeserializeOwned>(&self, act: String, target: Target) -> Result<Option<T>, GithubError> {
        if self.is_blind() {
            return Ok(None);
        }
        let request = Request { act, method: Method::GET, target, body: Body::Nothing };
        match self.ask(&request, &json, None) {
            Err(error) if error.is_absent() => Ok(None),
            found => found.map(Some),
        }
    }

    /// Makes something. After an unknown outcome, `look` tells whether it is there. A rehearsal makes nothing and returns
    /// `pretended`.
    pub(super) fn create<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        look: Look<'_, T>,
        pretended: impl FnOnce() -> T,
    ) -> Result<T, GithubError> {
        if self.keep(request) { Ok(pretended()) } else { self.ask(request, &json, Some(look)) }
    }

    /// Changes something to what the request says.
    pub(super) fn change<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        pretended: impl FnOnce() -> T,
    ) -> Result<T, GithubError> {
        if self.keep(request) { Ok(pretended()) } else { self.ask(request, &json, None) }
    }

    /// Deletes something. What is not there is as good as deleted.
    pub(super) fn delete(&self, act: String, target: Target) -> Result<(), GithubError> {
        let request = Request { act, method: Method::DELETE, target, body: Body::Nothing };
        if self.keep(&request) {
            return Ok(());
        }
        match self.ask(&request, &|_| Some(()), None) {
            Err(error) if error.is_absent() => Ok(()),
            done => done,
        }
    }

    /// Keeps a write of a rehearsal.
    fn keep(&self, request: &Request<'_>) -> bool {
        let Some(rehearsed) = &self.rehearsed else {
            return false;
        };
        rehearsed.borrow_mut().push(request.into());
        true
    }

    /// Sends the request until there is an answer, or no use, or no patience left.
    fn ask<T>(&self, request: &Request<'_>, read: Reading<'_, T>, look: Option<Look<'_, T>>) -> Result<T, GithubError> {
        let effect = match (&request.method, look) {
            (&Method::GET, _) => Effect::Read,
            (_, None) => Effect::Repeatable,
            (_, Some(_)) => Effect::Once,
        };
        for attempt in 0.. {
            if self.is_gone.get() {
                let problem = "GitHub did not answer what was asked before, and was not asked again".to_owned();
                return Err(GithubError::Away { act: request.act.clone(), problem });
            }
            if effect != Effect::Read {
                self.pace();
            }
            let begun = Instant::now();
            let (happened, problem, answer) = match self.follow(request) {
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::NotSent(problem)) => (Happened::NotSent, problem, None),
                Err(Trouble::Unclear(problem)) => (Happened::Unclear, problem, None),
                Ok(answer) if (200..300).contains(&answer.status) => match read(&answer) {
                    Some(found) => return Ok(found),
                    None => (Happened::Unclear, "its answer cannot be read; it may be cut off".to_owned(), None),
                },
                Ok(answer) => {
                    let message = message_of(&answer);
                    let problem = format!("it answered {}{}", answer.status, self.repeated(&message));
                    (meaning(&said(&answer, &message), now()), problem, Some(answer))
                }
            };
            self.spend(begun.elapsed());
            let left = self.patience.saturating_sub(self.spent.get());
            let (wait, is_unclear) = match step(happened, effect, attempt, left, self.pause, jitter()) {
                Step::Again(wait) => (wait, false),
                Step::Look(wait) => (wait, true),
                Step::Refuse => {
                    let answer = answer.as_ref().expect("only an answer refuses");
                    return Err(self.refusal(request, answer));
                }
                Step::Exhausted => {
                    let problem = format!("GitHub was asked {} times; the last time, {problem}", attempt + 1);
                    return Err(GithubError::Away { act: request.act.clone(), problem });
                }
                Step::TooLong(wait) => {
                    self.is_gone.set(true);
                    let problem = format!(
                        "{problem}; the next attempt would be in {:.0} s, and {:.0} s of the patience are left",
                        wait.as_secs_f64().ceil(),
                        left.as_secs_f64()
                    );
                    return Err(GithubError::Away { act: request.act.clone(), problem });
                }
            };
            tracing::warn!("{}: {problem}; next attempt in {:.1} s", request.act, wait.as_secs_f64());
            self.wait(wait);
            if let Some(look) = look.filter(|_| is_unclear) {
                for number in 1..=LOOKS {
                    if let Some(found) = look()? {
                        tracing::info!("{}: it was done all the same", request.act);
                        return Ok(found);
                    }
                    if number < LOOKS {
                        self.wait(wait.min(self.patience.saturating_sub(self.spent.get())));
                    }
                }
            }
        }
        unreachable!("attempts end")
    }

    /// Sends the request to where it leads: a renamed repository redirects.
    fn follow(&self, request: &Request<'_>) -> Result<Answer, Trouble> {
        let mut target = request.target.clone();
        for _ in 0..=REDIRECTS_MOST {
            let body = match &request.body {
                Body::Nothing => Body::Nothing,
                Body::Json(value) => Body::Json(value.clone()),
                Body::Bytes(bytes) => Body::Bytes(bytes),
            };
            let hop = Request { act: String::new(), method: request.method.clone(), target, body };
            let answer = self.transport.exchange(&hop).map_err(|broken| match broken {
                Broken::NotSent(problem) => Trouble::NotSent(problem),
                Broken::Unclear(problem) => Trouble::Unclear(problem),
                Broken::Never(problem) => Trouble::Final(GithubError::Odd { act: request.act.clone(), problem }),
            })?;
            if !matches!(answer.status, 301 | 302 | 307 | 308) {
                return Ok(answer);
            }
            let Some(location) = answer.header("location") else {
                return Err(Trouble::Unclear("it redirects, and does not say where to".to_owned()));
            };
            target = self.base.resolve(location).map_err(|host| {
                let problem = format!(
                    "GitHub redirects to another host ({}), to which no token is sent; set GITHUB_API_URL to where the API is",
                    self.harmless(&host, HOST_CHARS)
                );
                Trouble::Final(GithubError::Odd { act: request.act.clone(), problem })
            })?;
        }
        let problem = format!("GitHub redirects more than {REDIRECTS_MOST} times");
        Err(Trouble::Final(GithubError::Odd { act: request.act.clone(), problem }))
    }

    /// Waits until the pause since the last write is over: GitHub asks for it.
    fn pace(&self) {
        if let Some(written) = self.written.get() {
            thread::sleep(self.pause.saturating_sub(written.elapsed()));
        }
        self.written.set(Some(Instant::now()));
    }

    fn wait(&self, wait: Duration) {
        self.spend(wait);
        thread::sleep(wait);
    }

    fn spend(&self, time: Duration) {
        self.spent.set(self.spent.get() + time);
    }

    /// What GitHub said, for an error, in parentheses.
    fn repeated(&self, message: &str) -> String {
        if message.is_empty() { String::new() } else { format!(" ({})", self.harmless(message, SAID_CHARS)) }
    }

    /// A text of the server's, for an error: without the token, in one line, and short.
    pub(super) fn harmless(&self, text: &str, most: usize) -> String {
        let text = self.token.as_ref().map_or_else(|| text.to_owned(), |token| token.hidden_in(text));
        visible(&text).chars().take(most).collect()
    }

    fn refusal(&self, request: &Request<'_>, answer: &Answer) -> GithubError {
        let act = request.act.clone();
        let message = message_of(answer);
        let refused: RefusedBody = serde_json::from_slice(&answer.body).unwrap_or_default();
        let mut fields = Vec::new();
        let mut details = vec![message.clone()];
        for error in refused.errors.iter().flatten() {
            let text = |name: &str| error.get(name).and_then(Value::as_str);
            if let Some(field) = text("field") {
                fields.push(field.to_owned());
            }
            let whole = error.as_str().or_else(|| text("message")).map(str::to_owned);
            let parts = || [text("field"), text("code")].into_iter().flatten().collect::<Vec<_>>().join(" ");
            details.push(whole.unwrap_or_else(parts));
        }
        details.retain(|detail| !detail.is_empty());
        let is_comment = request.method == Method::POST && request.target.shown.ends_with("/comments");
        // An account may be locked as well.
        if is_comment && answer.status == 403 && message.to_ascii_lowercase().contains("locked") {
            return GithubError::Locked { act };
        }
        let remedy = match answer.status {
            401 if self.token.is_none() => "set GITHUB_TOKEN",
            401 => "renew the token in GITHUB_TOKEN or GH_TOKEN",
            403 => "give the token the permission that this needs, in the workflow's `permissions:`",
            404 if self.token.is_none() => "check the repository's name, or set GITHUB_TOKEN",
            404 => "check the repository's name, and that the token may reach it",
            410 => "turn the repository's issues on",
            _ => "it is not tried again",
        };
        GithubError::Refused { act, status: answer.status, said: self.repeated(&details.join("; ")), fields, remedy }
    }
}

/// Why an attempt has no answer.
enum Trouble {
    NotSent(String),
    Unclear(String),
    Final(GithubError),
}

/// What GitHub says when it refuses.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusedBody {
    message: Option<String>,
    /// Objects with `resource`, `field` and `code`, or texts.
    errors: Option<Vec<Value>>,
}

fn message_of(answer: &Answer) -> String {
    let body: RefusedBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    body.message.unwrap_or_default()
}

fn said<'a>(answer: &'a Answer, message: &'a str) -> Said<'a> {
    Said {
        status: answer.status,
        retry_after: answer.header("retry-after"),
        remaining: answer.header("x-ratelimit-remaining"),
        reset: answer.header("x-ratelimit-reset"),
        message,
    }
}

/// The answer's JSON.
fn json<T: DeserializeOwned>(answer: &Answer) -> Option<T> {
    serde_json::from_slice(&answer.body).ok()
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// From 0 to 1, other for each call.
fn jitter() -> f64 {
    (RandomState::new().hash_one(0) >> 11) as f64 / (1_u64 << 53) as f64
}
