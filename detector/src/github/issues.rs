//! Issues, their comments and labels: what is asked of GitHub about them.

use std::fmt::Write;

use serde_json::{Map, Value, json};
use ureq::http::Method;

use super::{
    Client, Comment, GithubError, Issue, IssueDraft, IssueEdit, IssueState, Label,
    transport::{Body, Request},
};

/// The most that GitHub lists on a page.
const PAGE: (&str, &str) = ("per_page", "100");

impl Client {
    /// The issues with that label, open and closed, without pull requests; oldest first.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn issues_labelled(&self, label: &str) -> Result<Vec<Issue>, GithubError> {
        let query = [("labels", label), ("state", "all"), ("sort", "created"), ("direction", "asc"), PAGE];
        let act = self.act(&format!("listing the issues labelled {label}"));
        self.list(act, self.below(&["issues"], &query)).map(|issues| self.issues_of(issues))
    }

    /// The newest hundred issues, whatever their labels, without the pull requests among them; newest first.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn issues_recent(&self) -> Result<Vec<Issue>, GithubError> {
        let query = [("state", "all"), ("sort", "created"), ("direction", "desc"), PAGE];
        let act = self.act("listing the newest issues");
        self.first_page(act, self.below(&["issues"], &query)).map(|issues| self.issues_of(issues))
    }

    /// All issues that `login` opened, whatever their labels.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn issues_by(&self, login: &str) -> Result<Vec<Issue>, GithubError> {
        let query = [("creator", login), ("state", "all"), ("sort", "created"), ("direction", "asc"), PAGE];
        let act = self.act(&format!("listing the issues that {login} opened"));
        self.list(act, self.below(&["issues"], &query)).map(|issues| self.issues_of(issues))
    }

    fn issues_of(&self, mut issues: Vec<Issue>) -> Vec<Issue> {
        issues.retain(|issue| issue.pull_request.is_none());
        if self.is_rehearsal() {
            self.issues.borrow_mut().extend(issues.iter().map(|issue| (issue.number, issue.clone())));
        }
        issues
    }

    /// Sees to it that the repository has the label. One that is there stays as it is.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn ensure_label(&self, name: &str, colour: &str, description: &str) -> Result<(), GithubError> {
        if self.labels.borrow().contains(name) {
            return Ok(());
        }
        let act = self.act(&format!("making the label {name}"));
        let find = || {
            self.get::<Label>(self.act(&format!("looking for the label {name}")), self.below(&["labels", name], &[]))
        };
        if find()?.is_none() {
            let body = json!({ "name": name, "color": colour, "description": description });
            let request =
                Request { act, method: Method::POST, target: self.below(&["labels"], &[]), body: Body::Json(body) };
            match self.create(&request, &find, || Label { name: name.to_owned() }) {
                // Another run made it since.
                Err(error) if error.is_invalid() && find()?.is_some() => {}
                made => drop(made?),
            }
        }
        self.labels.borrow_mut().insert(name.to_owned());
        Ok(())
    }

    /// Opens an issue. `marker` stands in its body and in that of no other open issue: after an unknown outcome the issue is
    /// looked for by it, so that it is not opened twice. Assignees that do not exist are left out.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away. [`GithubError::LabelsDropped`] when the issue is there without its labels.
    pub fn open_issue(&self, draft: &IssueDraft, marker: &str) -> Result<Issue, GithubError> {
        let find = || {
            let issues = self.issues_recent()?;
            let is_it = |issue: &Issue| {
                let is_marked = issue.body.as_deref().is_some_and(|body| body.contains(marker));
                issue.state == IssueState::Open && is_marked && issue.is_from_insider()
            };
            Ok(issues.into_iter().find(is_it))
        };
        let open = |draft: &IssueDraft| {
            let mut body = json!({ "title": draft.title, "body": draft.body, "labels": draft.labels });
            if !draft.assignees.is_empty() {
                body["assignees"] = json!(draft.assignees);
            }
            let target = self.below(&["issues"], &[]);
            let request =
                Request { act: self.act("opening an issue"), method: Method::POST, target, body: Body::Json(body) };
            self.create(&request, &find, || Issue::pretended(draft))
        };
        let issue = match open(draft) {
            Err(error) if !draft.assignees.is_empty() && error.is_about("assignees") => {
                tracing::warn!("{error}; opening it without assignees ({})", draft.assignees.join(", "));
                open(&IssueDraft { assignees: Vec::new(), ..draft.clone() })
            }
            opened => opened,
        }?;
        self.check_labels(self.act("opening an issue"), &draft.labels, issue)
    }

    /// Changes what the edit names of an issue, and nothing else.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away. [`GithubError::LabelsDropped`] when the issue stands without labels that were named.
    pub fn edit_issue(&self, number: u64, edit: &IssueEdit) -> Result<Issue, GithubError> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Option<Value>| body.extend(value.map(|value| (name.to_owned(), value)));
        set("title", edit.title.as_ref().map(|title| json!(title)));
        set("body", edit.body.as_ref().map(|text| json!(text)));
        set("state", edit.state.map(|state| json!(state)));
        set("state_reason", edit.state_reason.map(|reason| json!(reason)));
        set("labels", edit.labels.as_ref().map(|labels| json!(labels)));
        let act = self.act(&format!("editing issue {number}"));
        let target = self.below(&["issues", &number.to_string()], &[]);
        let request =
            Request { act: act.clone(), method: Method::PATCH, target, body: Body::Json(Value::Object(body)) };
        let issue = self.change(&request, || {
            let mut issues = self.issues.borrow_mut();
            let issue =
                issues.entry(number).or_insert_with(|| Issue { number, ..Issue::pretended(&IssueDraft::default()) });
            issue.apply(edit);
            issue.clone()
        })?;
        match &edit.labels {
            Some(labels) => self.check_labels(act, labels, issue),
            None => Ok(issue),
        }
    }

    /// The issue, where it has these labels; GitHub does not tell their letters' case apart.
    fn check_labels(&self, act: String, labels: &[String], issue: Issue) -> Result<Issue, GithubError> {
        let has = |label: &str| issue.labels.iter().any(|other| other.name.to_lowercase() == label.to_lowercase());
        let mut dropped = String::new();
        for label in labels.iter().filter(|label| !has(label)) {
            let _ = write!(dropped, "{}{label}", if dropped.is_empty() { "" } else { ", " });
        }
        if dropped.is_empty() || self.is_rehearsal() {
            Ok(issue)
        } else {
            Err(GithubError::LabelsDropped { act, number: issue.number, labels: dropped })
        }
    }

    /// Comments on an issue or pull request. `marker` stands in the text and in that of no other comment there: after an
    /// unknown outcome the comment is looked for by it.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away; [`GithubError::Locked`] when the issue is locked.
    pub fn comment(&self, number: u64, body: &str, marker: &str) -> Result<Comment, GithubError> {
        let find = || {
            let is_it = |comment: &Comment| {
                comment.body.as_deref().is_some_and(|body| body.contains(marker)) && comment.is_from_insider()
            };
            Ok(self.comments(number)?.into_iter().find(is_it))
        };
        let request = Request {
            act: self.act(&format!("commenting on #{number}")),
            method: Method::POST,
            target: self.below(&["issues", &number.to_string(), "comments"], &[]),
            body: Body::Json(json!({ "body": body })),
        };
        self.create(&request, &find, || Comment::pretended(0, body))
    }

    /// The comments on an issue or pull request, oldest first.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn comments(&self, number: u64) -> Result<Vec<Comment>, GithubError> {
        // The number of what a rehearsal would have made.
        if number == 0 {
            return Ok(Vec::new());
        }
        let act = self.act(&format!("listing the comments on #{number}"));
        self.list(act, self.below(&["issues", &number.to_string(), "comments"], &[PAGE]))
    }

    /// Changes the text of a comment.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn edit_comment(&self, id: u64, body: &str) -> Result<Comment, GithubError> {
        let request = Request {
            act: self.act(&format!("editing comment {id}")),
            method: Method::PATCH,
            target: self.below(&["issues", "comments", &id.to_string()], &[]),
            body: Body::Json(json!({ "body": body })),
        };
        self.change(&request, || Comment::pretended(id, body))
    }
}
