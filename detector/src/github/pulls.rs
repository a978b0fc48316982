//! Pull requests: what is read of them, and what is asked of GitHub about them.

use serde::Deserialize;
use serde_json::json;
use ureq::http::Method;

use super::{
    Client, GithubError,
    transport::{Body, Request},
};

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// The page that people see.
    pub html_url: String,
    /// Its title.
    pub title: String,
    /// Its text; `None` where it has none.
    pub body: Option<String>,
    /// What is to be merged.
    pub head: Tip,
    /// Into what.
    pub base: Tip,
}

/// One end of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tip {
    /// `OWNER:BRANCH`; `None` where GitHub does not say.
    pub label: Option<String>,
    /// The branch.
    #[serde(rename = "ref")]
    pub branch: String,
    /// Its commit.
    pub sha: String,
}

/// A pull request to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestDraft {
    /// The branch of this repository that is to be merged.
    pub head: String,
    /// Into which branch.
    pub base: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
}

impl Client {
    /// The open pull request from `head` (`OWNER:BRANCH`) whose last commit is `sha`; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn pull_request_of(&self, head: &str, sha: &str) -> Result<Option<u64>, GithubError> {
        let pulls = self.pulls(&[("head", head)])?;
        // A head that makes no sense to GitHub is no filter to it.
        let is_it = |pull: &PullRequest| {
            let is_head = pull.head.label.as_deref().is_none_or(|label| label.eq_ignore_ascii_case(head));
            is_head && pull.head.sha == sha
        };
        Ok(pulls.into_iter().find(is_it).map(|pull| pull.number))
    }

    /// The open pull request from a branch of this repository into another; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn pull_request_between(&self, head: &str, base: &str) -> Result<Option<PullRequest>, GithubError> {
        let label = format!("{}:{head}", self.repository().owner);
        let pulls = self.pulls(&[("head", &label), ("base", base)])?;
        let is_ours =
            |pull: &PullRequest| pull.head.label.as_deref().is_none_or(|found| found.eq_ignore_ascii_case(&label));
        let is_it = |pull: &PullRequest| pull.head.branch == head && pull.base.branch == base && is_ours(pull);
        Ok(pulls.into_iter().find(is_it))
    }

    fn pulls(&self, filter: &[(&str, &str)]) -> Result<Vec<PullRequest>, GithubError> {
        let query = [filter, &[("state", "open"), ("per_page", "100")]].concat();
        self.list(self.act("listing the open pull requests"), self.below(&["pulls"], &query))
    }

    /// Opens a pull request. After an unknown outcome, or where GitHub says that it has one, the one between the two branches
    /// is taken.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn open_pull_request(&self, draft: &PullRequestDraft) -> Result<PullRequest, GithubError> {
        let PullRequestDraft { head, base, title, body } = draft;
        let request = Request {
            act: self.act(&format!("opening a pull request from {head} to {base}")),
            method: Method::POST,
            target: self.below(&["pulls"], &[]),
            body: Body::Json(json!({ "title": title, "head": head, "base": base, "body": body })),
        };
        let find = || self.pull_request_between(head, base);
        let made = self.create(&request, &find, || {
            let tip = |branch: &str| Tip { label: None, branch: branch.to_owned(), sha: String::new() };
            PullRequest {
                number: 0,
                html_url: String::new(),
                title: title.clone(),
                body: Some(body.clone()),
                head: tip(head),
                base: tip(base),
            }
        });
        match made {
            Err(error) if error.is_invalid() => find()?.ok_or(error),
            made => made,
        }
    }

    /// Changes title and text of a pull request.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn edit_pull_request(&self, pull: &PullRequest, title: &str, body: &str) -> Result<PullRequest, GithubError> {
        let request = Request {
            act: self.act(&format!("editing pull request {}", pull.number)),
            method: Method::PATCH,
            target: self.below(&["pulls", &pull.number.to_string()], &[]),
            body: Body::Json(json!({ "title": title, "body": body })),
        };
        self.change(&request, || PullRequest { title: title.to_owned(), body: Some(body.to_owned()), ..pull.clone() })
    }
}
