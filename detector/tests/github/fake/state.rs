//! What the fake keeps: repositories with their issues, comments, labels, pull requests and releases.

use std::collections::BTreeMap;

use jiff::{Timestamp, Unit};

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    /// By their ids, which renaming leaves alone.
    pub(super) repositories: BTreeMap<u64, Repository>,
    /// The fake's clock, where a test has set it.
    pub(super) now: Option<Timestamp>,
    last_id: u64,
}

impl State {
    /// An id that nothing else has, of whatever kind.
    pub(super) fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The time in whole seconds, as GitHub gives it.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.now.unwrap_or_else(Timestamp::now);
        now.round(Unit::Second).expect("a second divides every time")
    }

    /// The repository that has the name now, or had it before it was renamed.
    pub(super) fn find(&self, owner: &str, name: &str) -> Option<&Repository> {
        let wanted = format!("{owner}/{name}");
        let now = self.repositories.values().find(|repository| repository.full_name().eq_ignore_ascii_case(&wanted));
        let before = |repository: &&Repository| repository.former.iter().any(|name| name.eq_ignore_ascii_case(&wanted));
        now.or_else(|| self.repositories.values().find(before))
    }
}

/// A repository.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    /// What it was called before, `OWNER/NAME`.
    pub(crate) former: Vec<String>,
    /// Issues and pull requests by their number.
    pub(crate) issues: BTreeMap<u64, Issue>,
    /// Numbers that were taken by issues which are deleted now.
    pub(crate) deleted: Vec<u64>,
    pub(crate) labels: Vec<Label>,
    pub(crate) releases: Vec<Release>,
    /// Who may be assigned, besides the owner.
    pub(crate) collaborators: Vec<String>,
    /// The commits at the tips of branches, where a test has said so.
    pub(crate) branches: BTreeMap<String, String>,
    pub(crate) created_at: Timestamp,
}

impl Repository {
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The number for the next issue or pull request.
    pub(super) fn next_number(&self) -> u64 {
        let last = self.issues.keys().next_back().max(self.deleted.iter().max());
        last.map_or(1, |last| last + 1)
    }

    pub(super) fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name))
    }

    /// Makes the labels that are missing, as GitHub does where an issue is to have them.
    pub(super) fn make_labels(&mut self, names: &[String], mut id: impl FnMut() -> u64) {
        for name in names {
            if self.label(name).is_none() {
                self.labels.push(Label {
                    id: id(),
                    name: name.clone(),
                    colour: "ededed".to_owned(),
                    description: None,
                });
            }
        }
    }

    pub(super) fn release(&self, tag: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.tag == tag && !release.draft)
    }

    pub(super) fn may_be_assigned(&self, login: &str) -> bool {
        login.eq_ignore_ascii_case(&self.owner)
            || self.collaborators.iter().any(|known| known.eq_ignore_ascii_case(login))
    }
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) login: String,
    /// `User` or `Bot`.
    pub(crate) kind: &'static str,
    /// How it stands to the repository: `OWNER`, `MEMBER`, `NONE`, …
    pub(crate) association: &'static str,
}

impl Account {
    /// Whom a workflow's token speaks for.
    pub(crate) fn bot() -> Self {
        Self { login: "github-actions[bot]".to_owned(), kind: "Bot", association: "NONE" }
    }

    /// A person.
    pub(crate) fn person(login: &str, association: &'static str) -> Self {
        Self { login: login.to_owned(), kind: "User", association }
    }
}

/// An issue, or a pull request, which is one too.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) open: bool,
    pub(crate) state_reason: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) assignees: Vec<String>,
    pub(crate) locked: bool,
    pub(crate) author: Account,
    pub(crate) closed_by: Option<Account>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) comments: Vec<Comment>,
    /// `None` for an issue.
    pub(crate) pull: Option<Pull>,
}

/// What a pull request has beyond an issue.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    /// The owner of the repository with the branch: another one for a fork.
    pub(crate) head_owner: String,
    pub(crate) head_branch: String,
    pub(crate) head_sha: String,
    pub(crate) base_branch: String,
    pub(crate) merged: bool,
}

/// A comment on an issue or a pull request.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) body: String,
    pub(crate) author: Account,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A label of a repository.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) colour: String,
    pub(crate) description: Option<String>,
}

/// A release.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) tag: String,
    pub(crate) target: String,
    pub(crate) name: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) draft: bool,
    pub(crate) prerelease: bool,
    pub(crate) assets: Vec<Asset>,
    pub(crate) created_at: Timestamp,
}

/// A file of a release.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content: Vec<u8>,
    /// Whether its upload ended.
    pub(crate) is_whole: bool,
    pub(crate) created_at: Timestamp,
}

impl Issue {
    /// Closes or re-opens it.
    pub(super) fn set_open(&mut self, open: bool, reason: Option<&str>, by: &Account, now: Timestamp) {
        self.open = open;
        let otherwise = if open { "reopened" } else { "completed" };
        self.state_reason = Some(reason.unwrap_or(otherwise).to_owned());
        self.closed_at = (!open).then_some(now);
        self.closed_by = (!open).then(|| by.clone());
        self.updated_at = now;
    }
}
