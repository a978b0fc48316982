//! Which issues there should be after a night, and what they say. Pure: no file, no network, no clock.
//!
//! | file | answers |
//! |---|---|
//! | `marker` | what an issue of ours remembers, in a comment that nobody sees |
//! | `past` | since when a row is worse, and between which commits; how its series went |
//! | `tonight` | what a night says of a row that has an issue |
//! | `plan` | which issues to open, edit, close and open again |
//! | `body` | what an issue says |
//! | `remark` | what a comment says, and when there is something to say |
//! | `title` | what an issue is called |
//! | `labels` | which labels it has |
//! | `owners` | whom it is assigned to |
//! | `reproduce` | the command that shows it again |

use jiff::Timestamp;
use platforms::PlatformKey;
use schema::comparison::{Comparison, Metric};

use crate::{
    github::{IssueDraft, IssueEdit},
    watch::Rate,
};

mod body;
mod labels;
mod marker;
pub mod owners;
pub mod past;
mod plan;
mod remark;
pub(crate) mod reproduce;
mod title;
mod tonight;

pub use labels::{LABEL, Look, looks};
use owners::Owners;
use past::Past;
pub use plan::plan;
pub use tonight::is_opening;

/// What a night brought.
#[derive(Clone, Copy, Debug)]
pub struct Night<'a> {
    /// One a platform.
    pub comparisons: &'a [Comparison],
    /// What was there before.
    pub past: &'a Past,
    /// Whose cases they are.
    pub owners: &'a Owners,
    /// Where links lead to.
    pub place: &'a Place,
    /// The logins of those who alarm: issues of theirs count, whatever their standing in the repository.
    pub authors: &'a [String],
}

/// Where the links of an issue lead to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The server that people see, `https://github.com`.
    pub server_url: String,
    /// `OWNER/NAME`.
    pub repository: String,
    /// The workflow run that alarms; `None` where nobody told.
    pub run_url: Option<String>,
}

/// What an issue is of, beside its platform: a metric of a case.
pub(crate) type Key = (String, Metric);

/// What to do about the issues, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// One an issue.
    pub steps: Vec<Step>,
    /// How many issues of ours there are, those to be opened among them.
    pub ours: u64,
    /// How many of them are open and without a word from a person, those to be opened among them.
    pub unread: u64,
    /// How many of them a person labelled `false-alarm`.
    pub false_alarms: u64,
}

impl Plan {
    /// How right the alarms were, as far as people have said: of those that are closed, or labelled `false-alarm`.
    #[must_use]
    pub const fn precision(&self) -> Rate {
        let all = self.ours - self.unread;
        Rate { of: all - self.false_alarms, all }
    }
}

/// What becomes of one issue.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The platform that it is of.
    pub platform: PlatformKey,
    /// Its number; `None` of one to be opened.
    pub number: Option<u64>,
    /// Its title.
    pub title: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Why, in a sentence.
    pub why: String,
    /// What GitHub is told.
    pub action: Action,
}

/// What becomes of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is new.
    Opened,
    /// It was closed, and is open again.
    Reopened,
    /// It says what tonight says.
    Updated,
    /// It is closed.
    Closed,
    /// It stays as it is.
    LeftAlone,
}

impl Fate {
    /// What is said of an issue of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "opened again",
            Self::Updated => "updated",
            Self::Closed => "closed",
            Self::LeftAlone => "left alone",
        }
    }
}

/// What GitHub is told about an issue.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// To open it. Behind it, what only this body contains, by which it is found where GitHub did not answer.
    Open(IssueDraft, String),
    /// To edit it, and then to say why, where there is something to say.
    Edit(IssueEdit, Option<Remark>),
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Its text.
    pub body: String,
    /// What only this text contains.
    pub marker: String,
}

/// When the session of a comparison began, by which nights are told apart.
pub(crate) fn session(comparison: &Comparison) -> Timestamp {
    comparison.candidate.created.unwrap_or(comparison.created)
}

/// `2026-01-31 04:00 UTC`.
pub(crate) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
