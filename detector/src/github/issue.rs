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
    /// Its text.
    pub body: Option<String>,
    /// Who wrote it.
    pub user: Option<Author>,
    /// How its author stands to the repository, as in [`Issue::author_association`].
    #[serde(default)]
    pub author_association: String,
}
