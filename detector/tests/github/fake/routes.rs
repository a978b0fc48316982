//! What becomes of a request: the endpoints that the detector uses, as GitHub answers them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    Fault,
    answers::{Seen, invalid, refusal},
    http::{Answer, Request, decoded, encoded},
    state::{Account, Asset, Comment, Issue, Label, Pull, Release, Repository, State},
};

/// The longest body that GitHub takes, in characters.
const BODY_MAX: usize = 65_536;

/// The longest title that GitHub takes, in characters.
const TITLE_MAX: usize = 256;

/// The one version of the API that the client is written for.
const API_VERSION: &str = "2022-11-28";

/// What a fault changes about an answer that is otherwise GitHub's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    None,
    /// The token may not set labels, and nobody says so.
    LabelsDropped,
    /// The issue is locked, whatever it says of itself.
    Locked,
    /// The upload breaks off.
    HalfUploaded,
    /// The answer is one that GitHub does not give.
    Wrong,
}

impl Twist {
    pub(super) fn of(fault: Option<&Fault>) -> Self {
        match fault {
            Some(Fault::LabelsDropped) => Self::LabelsDropped,
            Some(Fault::Locked) => Self::Locked,
            Some(Fault::HalfUploaded) => Self::HalfUploaded,
            Some(Fault::Wrong) => Self::Wrong,
            _ => Self::None,
        }
    }

    /// As it travels through a proxy.
    pub(super) fn written(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::LabelsDropped => "labels-dropped",
            Self::Locked => "locked",
            Self::HalfUploaded => "half-uploaded",
            Self::Wrong => "wrong",
        }
    }

    pub(super) fn read(written: Option<&str>) -> Self {
        let all = [Self::LabelsDropped, Self::Locked, Self::HalfUploaded, Self::Wrong];
        all.into_iter().find(|twist| written == Some(twist.written())).unwrap_or(Self::None)
    }
}

/// The answer to a request, after what it does has been done.
pub(super) fn answer(state: &mut State, seen: &Seen, request: &Request, twist: Twist) -> Answer {
    if request.header("user-agent").is_none_or(str::is_empty) {
        return refusal(403, "Request forbidden by administrative rules. Please send a User-Agent header.");
    }
    if request.header("x-github-api-version").is_some_and(|version| version != API_VERSION) {
        return refusal(400, "That version of the API is not served here.");
    }
    let segments = segments(&request.path);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (id, rest) = match segments.as_slice() {
        ["repos", owner, name, rest @ ..] => {
            let Some(repository) = state.find(owner, name) else { return not_found() };
            if !repository.full_name().eq_ignore_ascii_case(&format!("{owner}/{name}")) {
                return moved(seen, request, repository.id, rest);
            }
            (repository.id, rest)
        }
        ["repositories", id, rest @ ..] => {
            let id = id.parse().ok().filter(|id| state.repositories.contains_key(id));
            let Some(id) = id else { return not_found() };
            (id, rest)
        }
        ["downloads", id] => return content(state, id),
        [owner, name, "releases", "download", tag, asset] => return download(state, seen, (owner, name), tag, asset),
        _ => return not_found(),
    };
    let signed = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("token ")))
        .is_some_and(|token| !token.trim().is_empty());
    if request.is_write() && !signed {
        return refusal(401, "Requires authentication");
    }
    Endpoint { state, seen, request, twist, id }.answer(rest)
}

/// The parts of a path, without what stands before it.
fn segments(path: &str) -> Vec<String> {
    let path = path.strip_prefix("/uploads").unwrap_or(path);
    path.split('/').skip(1).map(decoded).collect()
}

/// Whether GitHub's description tells the answer to a request: not that of a former name, which leads elsewhere, nor a file.
pub(super) fn is_described(state: &State, path: &str) -> bool {
    match segments(path).as_slice() {
        [root, owner, name, ..] if root == "repos" => {
            let named =
                |repository: &Repository| repository.full_name().eq_ignore_ascii_case(&format!("{owner}/{name}"));
            state.find(owner, name).is_none_or(named)
        }
        [root, ..] => root == "repositories",
        [] => false,
    }
}

fn not_found() -> Answer {
    refusal(404, "Not Found")
}

/// GitHub names the repository by its id, which the next renaming leaves alone. A write keeps its method by 307.
fn moved(seen: &Seen, request: &Request, id: u64, rest: &[&str]) -> Answer {
    let mut url = format!("{}/repositories/{id}", seen.api);
    for segment in rest {
        let _ = write!(url, "/{}", encoded(segment));
    }
    let query: Vec<String> =
        request.query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    if !query.is_empty() {
        let _ = write!(url, "?{}", query.join("&"));
    }
    let body =
        json!({ "message": "Moved Permanently", "url": url, "documentation_url": "https://docs.github.com/rest" });
    Answer::json(if request.is_write() { 307 } else { 301 }, &body).with("location", url)
}

/// Downloads are kept elsewhere, and GitHub leads there.
fn download(state: &State, seen: &Seen, (owner, name): (&str, &str), tag: &str, asset: &str) -> Answer {
    let release = state.find(owner, name).and_then(|repository| repository.release(tag));
    match release.and_then(|release| release.assets.iter().find(|known| known.name == asset)) {
        Some(asset) => {
            let url = format!("{}/downloads/{}", seen.server, asset.id);
            Answer { status: 302, headers: Vec::new(), body: Vec::new() }.with("location", url)
        }
        None => Answer { status: 404, headers: Vec::new(), body: b"Not Found".to_vec() },
    }
}

fn content(state: &State, id: &str) -> Answer {
    let mut assets = state.repositories.values().flat_map(|repository| &repository.releases).flat_map(|r| &r.assets);
    match assets.find(|asset| asset.id.to_string() == id) {
        Some(asset) => Answer { status: 200, headers: Vec::new(), body: asset.content.clone() }
            .with("content-type", "application/octet-stream"),
        None => Answer { status: 404, headers: Vec::new(), body: b"Not Found".to_vec() },
    }
}

/// A request to a repository that there is.
struct Endpoint<'a> {
    state: &'a mut State,
    seen: &'a Seen,
    request: &'a Request,
    twist: Twist,
    id: u64,
}

impl Endpoint<'_> {
    fn answer(mut self, rest: &[&str]) -> Answer {
        let numbered = |text: &str| text.parse::<u64>().ok();
        match (self.request.method.as_str(), rest) {
            ("GET", []) => Answer::json(200, &self.seen.repository(self.repository())),
            ("GET", ["issues"]) => self.list_issues(),
            ("POST", ["issues"]) => self.open_issue(),
            ("PATCH", ["issues", "comments", id]) => self.edit_comment(id),
            (method, ["issues", number, of @ ..]) => {
                let Some(number) = numbered(number) else { return not_found() };
                if self.repository().deleted.contains(&number) {
                    return refusal(410, "This issue was deleted");
                }
                if !self.repository().issues.contains_key(&number) {
                    return not_found();
                }
                match (method, of) {
                    ("GET", []) => Answer::json(200, &self.seen.issue(self.repository(), self.issue(number))),
                    ("PATCH", []) => self.edit_issue(number),
                    ("GET", ["comments"]) => self.list_comments(number),
                    ("POST", ["comments"]) => self.comment(number),
                    ("GET", ["labels"]) => self.labels_of(number),
                    ("POST", ["labels"]) => self.set_labels(number, false),
                    ("PUT", ["labels"]) => self.set_labels(number, true),
                    ("DELETE", ["labels", name]) => self.remove_label(number, name),
                    _ => not_found(),
                }
            }
            ("GET", ["labels"]) => {
                let repository = self.repository();
                self.page(repository.labels.iter().map(|label| self.seen.label(repository, label)).collect())
            }
            ("GET", ["labels", name]) => match self.repository().label(name) {
                Some(label) => Answer::json(200, &self.seen.label(self.repository(), label)),
                None => not_found(),
            },
            ("POST", ["labels"]) => self.make_label(),
            ("GET", ["pulls"]) => self.list_pulls(),
            ("POST", ["pulls"]) => self.open_pull(),
            (method @ ("GET" | "PATCH"), ["pulls", number]) => match numbered(number) {
                Some(number) if self.repository().issues.get(&number).is_some_and(|issue| issue.pull.is_some()) => {
                    if method == "GET" {
                        self.pull(200, number)
                    } else {
                        self.edit_pull(number)
                    }
                }
                _ => not_found(),
            },
            ("GET", ["commits", sha, "pulls"]) => self.pulls_of(sha),
            ("POST", ["releases"]) => self.make_release(),
            ("GET", ["releases", "tags", tag]) => match self.repository().release(tag) {
                Some(release) => Answer::json(200, &self.seen.release(self.repository(), release)),
                None => not_found(),
            },
            ("DELETE", ["releases", "assets", id]) => self.delete_asset(id),
            (method, ["releases", id, "assets"]) => {
                let releases = &self.repository().releases;
                let at = numbered(id).and_then(|id| releases.iter().position(|release| release.id == id));
                match (method, at) {
                    ("GET", Some(at)) => self.list_assets(at),
                    ("POST", Some(at)) => self.upload(at),
                    _ => not_found(),
                }
            }
            _ => not_found(),
        }
    }

    fn repository(&self) -> &Repository {
        &self.state.repositories[&self.id]
    }

    fn repository_mut(&mut self) -> &mut Repository {
        self.state.repositories.get_mut(&self.id).expect("the request was led to a repository that there is")
    }

    fn issue(&self, number: u64) -> &Issue {
        &self.repository().issues[&number]
    }

    fn issue_mut(&mut self, number: u64) -> &mut Issue {
        self.repository_mut().issues.get_mut(&number).expect("the request was led to an issue that there is")
    }

    fn comment_answer(&self, status: u16, number: u64, id: u64) -> Answer {
        let issue = self.issue(number);
        let comment = issue.comments.iter().find(|comment| comment.id == id).expect("it was found or made just now");
        Answer::json(status, &self.seen.comment(self.repository(), issue, comment))
    }

    fn pull(&self, status: u16, number: u64) -> Answer {
        let pull = self.seen.pull(self.repository(), self.issue(number), true).expect("it is a pull request");
        Answer::json(status, &pull)
    }

    /// The part of a list that was asked for, with the links to the others.
    fn page(&self, mut items: Vec<Value>) -> Answer {
        let number = |name: &str, otherwise: usize| {
            self.request.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
        };
        let per_page = number("per_page", 30).clamp(1, 100);
        let last = items.len().div_ceil(per_page).max(1);
        let page = number("page", 1).max(1);
        let start = ((page - 1) * per_page).min(items.len());
        let end = (start + per_page).min(items.len());
        let answer = Answer::json(200, &Value::Array(items.drain(start..end).collect()));
        let link = |to: usize, relation: &str| {
            let mut query = String::new();
            for (name, value) in self.request.query.iter().filter(|(name, _)| name != "page") {
                let _ = write!(query, "{}={}&", encoded(name), encoded(value));
            }
            let path = &self.request.path;
            let rest: Vec<&str> = path.split('/').skip(if path.starts_with("/repos/") { 4 } else { 3 }).collect();
            let url = format!("{}/repositories/{}/{}", self.seen.api, self.id, rest.join("/"));
            format!("<{url}?{query}page={to}>; rel=\"{relation}\"")
        };
        let mut links = Vec::new();
        if page < last {
            links.extend([link(page + 1, "next"), link(last, "last")]);
        }
        if page > 1 {
            links.extend([link(1, "first"), link(page - 1, "prev")]);
        }
        if links.is_empty() { answer } else { answer.with("link", links.join(", ")) }
    }

    /// The query's parameters must be among these: one that the fake leaves aside would make it say what GitHub does not.
    fn only_parameters(&self, known: &[&str]) -> Result<(), Answer> {
        match self.request.query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(refusal(501, &format!("the fake does not know the parameter {name}"))),
            None => Ok(()),
        }
    }

    fn list_issues(&self) -> Answer {
        let known = ["state", "labels", "creator", "since", "sort", "direction", "per_page", "page"];
        if let Err(refused) = self.only_parameters(&known) {
            return refused;
        }
        let repository = self.repository();
        let mut issues: Vec<&Issue> = repository.issues.values().filter(|issue| self.in_state(issue)).collect();
        if let Some(labels) = self.request.parameter("labels") {
            let wanted: Vec<&str> = labels.split(',').map(str::trim).filter(|label| !label.is_empty()).collect();
            let has = |issue: &Issue, wanted: &str| issue.labels.iter().any(|name| name.eq_ignore_ascii_case(wanted));
            issues.retain(|issue| wanted.iter().all(|wanted| has(issue, wanted)));
        }
        if let Some(creator) = self.request.parameter("creator") {
            issues.retain(|issue| issue.author.login == creator);
        }
        if let Some(since) = self.request.parameter("since") {
            let Ok(since) = since.parse() else { return invalid("Issue", "since", "invalid", None) };
            issues.retain(|issue| issue.updated_at >= since);
        }
        // By number, which is the order in which they were opened.
        match self.request.parameter("sort") {
            Some("updated") => issues.sort_by_key(|issue| issue.updated_at),
            Some("comments") => issues.sort_by_key(|issue| issue.comments.len()),
            _ => {}
        }
        if self.request.parameter("direction") != Some("asc") {
            issues.reverse();
        }
        self.page(issues.into_iter().map(|issue| self.seen.issue(repository, issue)).collect())
    }

    fn in_state(&self, issue: &Issue) -> bool {
        match self.request.parameter("state") {
            Some("all") => true,
            Some("closed") => !issue.open,
            _ => issue.open,
        }
    }

    fn object(&self) -> Result<Value, Answer> {
        match self.request.json() {
            Some(body @ Value::Object(_)) => Ok(body),
            Some(_) => Err(refusal(400, "Body should be a JSON object")),
            None => Err(refusal(400, "Problems parsing JSON")),
        }
    }

    fn open_issue(&mut self) -> Answer {
        let body = match self.object() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        if let Err(refused) = check_words("Issue", &body, true) {
            return refused;
        }
        let mut labels = strings(&body["labels"]);
        if self.twist == Twist::LabelsDropped {
            labels.clear();
        }
        let assignees = strings(&body["assignees"]);
        if !assignees.iter().all(|login| self.repository().may_be_assigned(login)) {
            return invalid("Issue", "assignees", "invalid", None);
        }
        let number = self.add(&body, labels, assignees, None);
        let issue = self.issue(number);
        let url = format!("{}/issues/{number}", self.seen.repository_url(self.repository()));
        Answer::json(201, &self.seen.issue(self.repository(), issue)).with("location", url)
    }

    /// Adds an issue or a pull request of the bot's.
    fn add(&mut self, body: &Value, labels: Vec<String>, assignees: Vec<String>, pull: Option<Pull>) -> u64 {
        let (id, now) = (self.state.id(), self.state.now());
        let repository = self.state.repositories.get_mut(&self.id).expect("the request was led to it");
        let number = repository.next_number();
        let mut last = id * 1000;
        repository.make_labels(&labels, || {
            last += 1;
            last
        });
        let issue = Issue {
            id,
            number,
            title: title_of(&body["title"]),
            body: body["body"].as_str().map(str::to_owned),
            open: true,
            state_reason: None,
            labels,
            assignees,
            locked: false,
            author: Account::bot(),
            closed_by: None,
            created_at: now,
            updated_at: now,
            closed_at: None,
            comments: Vec::new(),
            pull,
        };
        repository.issues.insert(number, issue);
        number
    }

    fn edit_issue(&mut self, number: u64) -> Answer {
        let body = match self.object() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        if let Err(refused) = check_words("Issue", &body, false) {
            return refused;
        }
        let assignees = body.get("assignees").map(strings);
        if !assignees.iter().flatten().all(|login| self.repository().may_be_assigned(login)) {
            return invalid("Issue", "assignees", "invalid", None);
        }
        let open = match body["state"].as_str() {
            None => None,
            Some("open") => Some(true),
            Some("closed") => Some(false),
            Some(_) => return invalid("Issue", "state", "invalid", None),
        };
        let now = self.state.now();
        let labels = body.get("labels").map(strings).filter(|_| self.twist != Twist::LabelsDropped);
        if let Some(labels) = &labels {
            let mut last = self.state.id() * 1000;
            self.repository_mut().make_labels(labels, || {
                last += 1;
                last
            });
        }
        let issue = self.issue_mut(number);
        if !body["title"].is_null() {
            issue.title = title_of(&body["title"]);
        }
        if let Some(text) = body.get("body") {
            issue.body = text.as_str().map(str::to_owned);
        }
        if let Some(labels) = labels {
            issue.labels = labels;
        }
        if let Some(assignees) = assignees {
            issue.assignees = assignees;
        }
        if let Some(open) = open.filter(|open| *open != issue.open) {
            issue.set_open(open, body["state_reason"].as_str(), &Account::bot(), now);
        }
        issue.updated_at = now;
        Answer::json(200, &self.seen.issue(self.repository(), self.issue(number)))
    }

    fn list_comments(&self, number: u64) -> Answer {
        if let Err(refused) = self.only_parameters(&["per_page", "page"]) {
            return refused;
        }
        let issue = self.issue(number);
        let comments = issue.comments.iter().map(|comment| self.seen.comment(self.repository(), issue, comment));
        self.page(comments.collect())
    }

    fn comment(&mut self, number: u64) -> Answer {
        let body = match self.object() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        if self.issue(number).locked || self.twist == Twist::Locked {
            return refusal(403, "Unable to create comment because issue is locked.");
        }
        let Some(text) = body["body"].as_str().filter(|text| !text.trim().is_empty()) else {
            return invalid("IssueComment", "body", "missing_field", None);
        };
        if let Err(refused) = check_body("IssueComment", &body["body"]) {
            return refused;
        }
        let (id, now) = (self.state.id(), self.state.now());
        let issue = self.issue_mut(number);
        issue.updated_at = now;
        issue.comments.push(Comment {
            id,
            body: text.to_owned(),
            author: Account::bot(),
            created_at: now,
            updated_at: now,
        });
        self.comment_answer(201, number, id)
    }

    fn edit_comment(&mut self, id: &str) -> Answer {
        let body = match self.object() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let Some(text) = body["body"].as_str().filter(|text| !text.trim().is_empty()) else {
            return invalid("IssueComment", "body", "missing_field", None);
        };
        if let Err(refused) = check_body("IssueComment", &body["body"]) {
            return refused;
        }
        let now = self.state.now();
        let comments = self.repository_mut().issues.values_mut().flat_map(|issue| {
            let number = issue.number;
            issue.comments.iter_mut().map(move |comment| (number, comment))
        });
        let found = comments.into_iter().find(|(_, comment)| comment.id.to_string() == id);
        let Some((number, comment)) = found else { return not_found() };
        text.clone_into(&mut comment.body);
        comment.updated_at = now;
        let id = comment.id;
        self.comment_answer(200, number, id)
    }

    fn labels_of(&self, number: u64) -> Answer {
        let labels = self.seen.labels(self.repository(), &self.issue(number).labels);
        Answer::json(200, &labels)
    }

    /// Adds labels to an issue, or sets them in place of all that it has.
    fn set_labels(&mut self, number: u64, replace: bool) -> Answer {
        let body = self.request.json().unwrap_or_default();
        let names = strings(if body.is_array() { &body } else { &body["labels"] });
        if names.is_empty() && !replace {
            return invalid("Label", "labels", "missing_field", None);
        }
        if self.twist != Twist::LabelsDropped {
            let mut last = self.state.id() * 1000;
            self.repository_mut().make_labels(&names, || {
                last += 1;
                last
            });
            let now = self.state.now();
            let issue = self.issue_mut(number);
            if replace {
                issue.labels.clear();
            }
            for name in names {
                if !issue.labels.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                    issue.labels.push(name);
                }
            }
            issue.updated_at = now;
        }
        self.labels_of(number)
    }

    fn remove_label(&mut self, number: u64, name: &str) -> Answer {
        let issue = self.issue_mut(number);
        let before = issue.labels.len();
        issue.labels.retain(|label| !label.eq_ignore_ascii_case(name));
        if issue.labels.len() == before { refusal(404, "Label does not exist") } else { self.labels_of(number) }
    }

    fn make_label(&mut self) -> Answer {
        let body = match self.object() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let Some(name) = body["name"].as_str().filter(|name| !name.trim().is_empty()) else {
            return invalid("Label", "name", "missing_field", None);
        };
        if name.chars().count() > 50 {
            return invalid("Label", "name", "custom", Some("name is too long (maximum is 50 characters)"));
        }
        let colour = body["color"].as_str().unwrap_or("ededed");
        if colour.len() != 6 || !colour.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return invalid("Label", "color", "invalid", None);
        }
        let description = body["description"].as_str();
        if description.is_some_and(|description| description.chars().count() > 100) {
            let message = "description is too long (maximum is 100 characters)";
            return invalid("Label", "description", "custom", Some(message));
        }
        if self.repository().label(name).is_some() {
            return invalid("Label", "name", "already_exists", None);
        }
        let id = self.state.id();
        let label =
            Label { id, name: name.to_owned(), colour: colour.to_owned(), description: description.map(str::to_owned) };
        let answer = Answer::json(201, &self.seen.label(self.repository(), &label));
        self.repository_mut().labels.push(label);
        answer
    }

    fn list_pulls(&self) -> Answer {
        let known = ["state", "head", "base", "sort", "direction", "per_page", "page"];
        if let Err(refused) = self.only_parameters(&known) {
            return refused;
        }
        let fits = |issue: &&Issue| {
            let Some(pull) = &issue.pull else { return false };
            let head = format!("{}:{}", pull.head_owner, pull.head_branch);
            // A head without its owner is passed over, which surprises people on GitHub too.
            let wanted = self.request.parameter("head").filter(|wanted| wanted.contains(':'));
            self.in_state(issue)
                && wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&head))
                && self.request.parameter("base").is_none_or(|base| base == pull.base_branch)
        };
        let mut pulls: Vec<Value> = self
            .repository()
            .issues
            .values()
            .filter(fits)
            .filter_map(|issue| self.seen.pull(self.repository(), issue, false))
            .collect();
        if self.request.parameter("direction") != Some("asc") {
            pulls.reverse();
        }
        self.page(pulls)
    }

    /// GitHub knows only the commits of the repository itself here, not those of a fork.
    fn pulls_of(&self, sha: &str) -> Answer {
        let repository = self.repository();
        let own = |issue: &&Issue| {
            issue.pull.as_ref().is_some_and(|pull| pull.head_sha == sha && pull.head_owner == repository.owner)
        };
        let pulls = repository.issues.values().filter(own).filter_map(|issue| self.seen.pull(repository, issue, false));
        self.page(pulls.collect())
    }

    fn open_pull(&mut self) -> Answer {
        let body = match self.object() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        if let Err(refused) = check_words("PullRequest", &body, true) {
            return refused;
        }
        let (Some(head), Some(base)) = (body["head"].as_str(), body["base"].as_str()) else {
            return invalid("PullRequest", "head", "missing_field", None);
        };
        let repository = self.repository();
        let (owner, branch) = head.split_once(':').unwrap_or((&repository.owner, head));
        let sha = repository.branches.get(branch);
        if owner == repository.owner && sha.is_none() && !repository.branches.is_empty() {
            return invalid("PullRequest", "head", "invalid", None);
        }
        let same = |issue: &Issue| {
            issue.open
                && issue.pull.as_ref().is_some_and(|pull| {
                    pull.head_owner == owner && pull.head_branch == branch && pull.base_branch == base
                })
        };
        if repository.issues.values().any(same) {
            let message = format!("A pull request already exists for {owner}:{branch}.");
            return invalid("PullRequest", "head", "custom", Some(&message));
        }
        let pull = Pull {
            head_owner: owner.to_owned(),
            head_branch: branch.to_owned(),
            head_sha: sha.cloned().unwrap_or_else(|| "0".repeat(40)),
            base_branch: base.to_owned(),
            merged: false,
        };
        let number = self.add(&body, Vec::new(), Vec::new(), Some(pull));
        self.pull(201, number)
    }

    fn edit_pull(&mut self, number: u64) -> Answer {
        let body = match self.object() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        if let Err(refused) = check_words("PullRequest", &body, false) {
            return refused;
        }
        let now = self.state.now();
        let issue = self.issue_mut(number);
        if !body["title"].is_null() {
            issue.title = title_of(&body["title"]);
        }
        if let Some(text) = body.get("body") {
            issue.body = text.as_str().map(str::to_owned);
        }
        if let (Some(pull), Some(base)) = (&mut issue.pull, body["base"].as_str()) {
            base.clone_into(&mut pull.base_branch);
        }
        if let Some(open) = body["state"].as_str().map(|state| state == "open").filter(|open| *open != issue.open) {
            issue.set_open(open, None, &Account::bot(), now);
        }
        issue.updated_at = now;
        self.pull(200, number)
    }

    fn make_release(&mut self) -> Answer {
        let body = match self.object() {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let Some(tag) = body["tag_name"].as_str().filter(|tag| !tag.is_empty()) else {
            return invalid("Release", "tag_name", "missing_field", None);
        };
        if self.repository().release(tag).is_some() {
            return invalid("Release", "tag_name", "already_exists", None);
        }
        let release = Release {
            id: self.state.id(),
            tag: tag.to_owned(),
            target: body["target_commitish"].as_str().unwrap_or("main").to_owned(),
            name: body["name"].as_str().map(str::to_owned),
            body: body["body"].as_str().map(str::to_owned),
            draft: body["draft"].as_bool().unwrap_or(false),
            prerelease: body["prerelease"].as_bool().unwrap_or(false),
            assets: Vec::new(),
            created_at: self.state.now(),
        };
        let answer = Answer::json(201, &self.seen.release(self.repository(), &release));
        self.repository_mut().releases.push(release);
        answer
    }

    fn list_assets(&self, at: usize) -> Answer {
        let release = &self.repository().releases[at];
        self.page(release.assets.iter().map(|asset| self.seen.asset(self.repository(), &release.tag, asset)).collect())
    }

    fn delete_asset(&mut self, id: &str) -> Answer {
        for release in &mut self.repository_mut().releases {
            if let Some(at) = release.assets.iter().position(|asset| asset.id.to_string() == id) {
                release.assets.remove(at);
                return Answer { status: 204, headers: Vec::new(), body: Vec::new() };
            }
        }
        not_found()
    }

    fn upload(&mut self, at: usize) -> Answer {
        let Some(name) = self.request.parameter("name").filter(|name| !name.is_empty()) else {
            return invalid("ReleaseAsset", "name", "missing_field", None);
        };
        let release = &self.repository().releases[at];
        if release.assets.iter().any(|asset| asset.name == name) {
            return invalid("ReleaseAsset", "name", "already_exists", None);
        }
        let tag = release.tag.clone();
        if self.request.body.is_empty() {
            return refusal(400, "Bad Content-Length: an asset is not empty");
        }
        let Some(content_type) = self.request.header("content-type") else {
            return refusal(400, "An asset needs a Content-Type");
        };
        let mut asset = Asset {
            id: self.state.id(),
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            content: self.request.body.clone(),
            is_whole: true,
            created_at: self.state.now(),
        };
        if self.twist == Twist::HalfUploaded {
            asset.content.truncate(self.request.body.len() / 2);
            asset.is_whole = false;
            self.repository_mut().releases[at].assets.push(asset);
            return refusal(502, "The upload broke off.");
        }
        let answer = Answer::json(201, &self.seen.asset(self.repository(), &tag, &asset));
        self.repository_mut().releases[at].assets.push(asset);
        answer
    }
}

/// What GitHub checks in a title and a body.
fn check_words(resource: &str, body: &Value, new: bool) -> Result<(), Answer> {
    match &body["title"] {
        Value::Null if !new => {}
        Value::Number(_) => {}
        Value::String(title) if title.chars().count() > TITLE_MAX => {
            let message = "title is too long (maximum is 256 characters)";
            return Err(invalid(resource, "title", "custom", Some(message)));
        }
        Value::String(title) if !title.trim().is_empty() => {}
        Value::String(_) | Value::Null => return Err(invalid(resource, "title", "missing_field", None)),
        _ => return Err(invalid(resource, "title", "invalid", None)),
    }
    check_body(resource, &body["body"])
}

fn check_body(resource: &str, body: &Value) -> Result<(), Answer> {
    match body {
        Value::String(text) if text.chars().count() > BODY_MAX => {
            let message = "body is too long (maximum is 65536 characters)";
            Err(invalid(resource, "body", "custom", Some(message)))
        }
        Value::String(_) | Value::Null => Ok(()),
        _ => Err(invalid(resource, "body", "invalid", None)),
    }
}

/// A title may be a number, which GitHub writes as text.
fn title_of(title: &Value) -> String {
    title.as_str().map_or_else(|| title.to_string(), str::to_owned)
}

/// Names in a list, given as such or as objects with a name.
fn strings(list: &Value) -> Vec<String> {
    let name = |item: &Value| item.as_str().or_else(|| item["name"].as_str()).map(str::to_owned);
    list.as_array().into_iter().flatten().filter_map(name).collect()
}
