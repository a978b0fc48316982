//! Issues, comments and labels, as far as they are read here: what GitHub's REST API sends, without the rest.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An issue of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// The page that people see.
    pub html_url: String,
    /// Open or closed.
    pub state: IssueState,
    /// Its title.
    pub title: String,
    /// Its text; `None` where it has none.
    pub body: Option<String>,
    /// Its labels.
    pub labels: Vec<Label>,
    /// Whether only those who may write to the repository may comment.
    pub locked: bool,
    /// Who wrote it; `None` where the account is gone.
    pub user: Option<Author>,
    /// How its author stands to the repository, in GitHub's words: `OWNER`, `COLLABORATOR`, `NONE`.
    #[serde(default)]
    pub author_association: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was closed; `None` while it is open.
    pub closed_at: Option<Timestamp>,
    /// Present where it is a pull request, which GitHub lists among the issues.
    pub pull_request: Option<serde_json::Value>,
}

impl Issue {
    /// Whether it was written by a program or by someone who belongs to the repository: what others write into a body is not
    /// taken for ours.
    #[must_use]
    pub fn is_from_insider(&self) -> bool {
        is_insider(self.user.as_ref(), &self.author_association)
    }

    /// Whether it was written by someone who belongs to the repository.
    #[must_use]
    pub fn is_from_member(&self) -> bool {
        is_member(&self.author_association)
    }

    /// The issue that a rehearsal would have opened.
    pub(super) fn pretended(draft: &IssueDraft) -> Self {
        Self {
            number: 0,
            html_url: String::new(),
            state: IssueState::Open,
            title: draft.title.clone(),
            body: Some(draft.body.clone()),
            labels: draft.labels.iter().map(|name| Label { name: name.clone() }).collect(),
            locked: false,
            user: None,
            author_association: String::new(),
            created_at: Timestamp::now(),
            closed_at: None,
            pull_request: None,
        }
    }

    /// Changes it as GitHub would.
    pub(super) fn apply(&mut self, edit: &IssueEdit) {
        if let Some(title) = &edit.title {
            self.title.clone_from(title);
        }
        if let Some(body) = &edit.body {
            self.body = Some(body.clone());
        }
        if let Some(labels) = &edit.labels {
            self.labels = labels.iter().map(|name| Label { name: name.clone() }).collect();
        }
        if let Some(state) = edit.state {
            self.state = state;
            self.closed_at = (state == IssueState::Closed).then(Timestamp::now);
        }
    }
}

/// An issue to be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueDraft {
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Its labels, which the repository must have.
    pub labels: Vec<String>,
    /// The accounts that it is assigned to.
    pub assignees: Vec<String>,
}

/// What is to change of an issue: what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueEdit {
    /// Its title.
    pub title: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// Open or closed.
    pub state: Option<IssueState>,
    /// Why it is closed or opened, in GitHub's words: `completed`, `not_planned`, `reopened`.
    pub state_reason: Option<&'static str>,
    /// All of its labels.
    pub labels: Option<Vec<String>>,
}

fn is_insider(user: Option<&Author>, association: &str) -> bool {
    user.is_some_and(|user| user.kind == "Bot") || is_member(association)
}

fn is_member(association: &str) -> bool {
    matches!(association, "OWNER" | "MEMBER" | "COLLABORATOR")
}

/// Whether an issue is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssueState {
    /// It is.
    Open,
    /// It is not.
    Closed,
}

/// A label of an issue or a repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// Its name.
    pub name: String,
}

/// Who wrote something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Author {
    /// The account.
    pub login: String,
    /// What it is: `User`, `Bot`, `Organization`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A comment on an issue or a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its number, over all repositories.
    pub id: u64,
    /// The place on the page that people see.
    #[serde(default)]
    pub html_url: String,
    /// Its text.
    pub body: Option<String>,
    /// Who wrote it.
    pub user: Option<Author>,
    /// How its author stands to the repository, as in [`Issue::author_association`].
    #[serde(default)]
    pub author_association: String,
}

impl Comment {
    /// As [`Issue::is_from_insider`].
    #[must_use]
    pub fn is_from_insider(&self) -> bool {
        is_insider(self.user.as_ref(), &self.author_association)
    }

    /// The comment that a rehearsal would have made.
    pub(super) fn pretended(id: u64, body: &str) -> Self {
        Self { id, html_url: String::new(), body: Some(body.to_owned()), user: None, author_association: String::new() }
    }
}
