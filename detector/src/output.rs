//! A comparison as people and programs read it, one file a format; and what a history shows.

use std::collections::BTreeMap;

use platforms::PlatformKey;
use schema::{changes::Changes, comparison::Comparison, watch::Watch};

use crate::watch::Rates;

mod body;
mod changes;
mod comment;
pub(crate) mod escape;
mod explain;
mod github;
mod human;
mod json;
mod junit;
mod markdown;
pub mod night;
mod plot;
mod proposal;
pub(crate) mod quantity;
pub(crate) mod sparkline;
mod watch;
mod words;

pub use body::BODY_CHARS;
pub use changes::print as changes;
pub use comment::{COMMENT_MARKER, comment, comment_of_nothing};
pub use escape::visible;
pub use explain::explain;
pub use plot::Glyphs;
pub use proposal::{proposal, proposal_title};

/// What a comparison is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for people, with colours as ANSI escapes.
    Human,
    /// `comparison.json`.
    Json,
    /// A summary and tables, for GitHub.
    Markdown,
    /// `JUnit`'s XML, for whatever collects test results.
    Junit,
    /// Workflow commands, which GitHub shows as annotations.
    Github,
}

/// Prints `comparison`. `all` lists what the formats for people would else fold into a count.
#[must_use]
pub fn print(comparison: &Comparison, format: Format, all: bool) -> String {
    match format {
        Format::Human => human::print(comparison, all),
        Format::Json => json::print(comparison),
        Format::Markdown => markdown::print(comparison),
        Format::Junit => junit::print(comparison),
        Format::Github => github::print(comparison),
    }
}

/// `changes.json`.
#[must_use]
pub fn changes_json(changes: &Changes) -> String {
    json::print(changes)
}

/// `watch.json`.
#[must_use]
pub fn watch_json(watch: &Watch) -> String {
    json::print(watch)
}

/// The rates of watches, as a table for people; empty where there are none.
#[must_use]
pub fn rates(rates: &BTreeMap<PlatformKey, Rates>) -> String {
    watch::human(rates)
}

/// The same as a table for GitHub.
#[must_use]
pub fn rates_markdown(rates: &BTreeMap<PlatformKey, Rates>) -> String {
    watch::markdown(rates)
}
