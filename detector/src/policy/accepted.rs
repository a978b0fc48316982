//! Changes that somebody decided to live with: which entries count tonight, and up to which level.
//!
//! An entry tells its level by its figures. One without figures accepts what is found at its commit: a candidate of that
//! commit shows it, and `--previous` carries it on from there. Where nothing tells, the level is [`Level::Unknown`], and
//! nobody can say whether the change moved again.

use jiff::civil::Date;
use platforms::PlatformKey;
use regex::Regex;
use schema::{
    baselines::{Accepted, AcceptedChanges},
    comparison::{Metric, Rule},
};

use super::{PolicyError, pattern};

/// The commits that are compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Commits<'a> {
    /// Of the baseline's sessions; those that are not known do not stand here.
    pub baseline: &'a [&'a str],
    /// Of the candidate; `None` where it is not known, or files differed from it.
    pub candidate: Option<&'a str>,
    /// Whether the baseline may be another than that of the file: then only an entry that names it counts.
    pub is_foreign: bool,
}

/// What is expected of a metric in place of no change.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The place of the entry in `accepted`.
    pub index: usize,
    /// The commit that brought it, as the entry names it.
    pub since: String,
    /// Why it is accepted.
    pub reason: String,
    /// How far.
    pub level: Level,
}

/// How far an accepted change goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// From baseline to candidate, in percent, or in points for accuracy.
    Given(f64),
    /// What the candidate shows: it is of the commit that brought the change.
    AsFound,
    /// Nothing tells, unless an earlier comparison does.
    Unknown,
}

/// The entries of one platform.
#[derive(Default)]
pub(super) struct Accepting {
    entries: Vec<Entry>,
    /// Entries that no longer count, in sentences.
    ended: Vec<String>,
}

struct Entry {
    index: usize,
    case: Regex,
    since: String,
    reason: String,
    changes: AcceptedChanges,
    rule: Option<Rule>,
    /// Whether the candidate is of the commit that brought the change.
    is_at_since: bool,
}

/// The entries that match one case.
pub(super) struct OfCase<'a>(Vec<&'a Entry>);

impl Accepting {
    /// Takes the entry with that index, where it is of the platform and counts.
    pub(super) fn add(
        &mut self,
        index: usize,
        one: &Accepted,
        platform: PlatformKey,
        today: Date,
        commits: Commits<'_>,
    ) -> Result<(), PolicyError> {
        let Accepted { platform: platforms, case, since, reason, changes, baseline, rule, until } = one;
        if !pattern(&format!("accepted[{index}].platform"), platforms)?.is_match(platform.as_str()) {
            return Ok(());
        }
        let case = pattern(&format!("accepted[{index}].case"), case)?;
        let is_at_since = commits.candidate.is_some_and(|commit| is_commit(commit, since));
        let has_it = !commits.baseline.is_empty() && commits.baseline.iter().all(|commit| is_commit(commit, since));
        let why_not = match (until, baseline) {
            (Some(until), _) if *until < today => Some(format!("ended on {until}")),
            (_, Some(named)) if !commits.baseline.iter().any(|commit| is_commit(commit, named)) => {
                Some(format!("counts from a baseline of {named}, and this one is of another commit"))
            }
            (_, None) if commits.is_foreign => {
                Some("does not name the baseline that it counts from, and a pair's may be another".to_owned())
            }
            // A rule looks at the candidate alone, so that no baseline can have what it found.
            _ if rule.is_none() && has_it && !is_at_since => {
                Some(format!("is of {since}, which the baseline has already"))
            }
            _ => None,
        };
        match why_not {
            Some(why_not) => {
                let remedy = if commits.is_foreign { "give it \"baseline\"" } else { "renew it, or take it out" };
                self.ended.push(format!("accepted[{index}] {why_not}, and does not count ({reason}); {remedy}"));
            }
            None => self.entries.push(Entry {
                index,
                case,
                since: since.clone(),
                reason: reason.clone(),
                changes: *changes,
                rule: *rule,
                is_at_since,
            }),
        }
        Ok(())
    }

    pub(super) fn ended(&self) -> &[String] {
        &self.ended
    }

    /// Place and pattern of each entry that counts.
    pub(super) fn patterns(&self) -> impl Iterator<Item = (String, &Regex)> {
        self.entries.iter().map(|one| (format!("accepted[{}]", one.index), &one.case))
    }

    pub(super) fn of_case(&self, case: &str) -> OfCase<'_> {
        OfCase(self.entries.iter().filter(|one| one.case.is_match(case)).collect())
    }
}

impl OfCase<'_> {
    /// What the last entry that covers it tells of a metric, or of what a rule finds in it.
    pub(super) fn expected(&self, metric: Option<Metric>, rule: Option<Rule>) -> Option<Expected> {
        self.0.iter().rev().filter(|one| one.rule == rule).find_map(|one| {
            let level = match metric.and_then(|metric| one.changes.of(metric)) {
                Some(percent) => Level::Given(percent),
                None if !one.changes.is_empty() => return None,
                None if one.is_at_since => Level::AsFound,
                None => Level::Unknown,
            };
            Some(Expected { index: one.index, since: one.since.clone(), reason: one.reason.clone(), level })
        })
    }
}

/// The fewest digits that name a commit, as git has it.
const COMMIT_DIGITS_LEAST: usize = 4;

/// Whether `named`, a commit or its first digits, is `commit`.
fn is_commit(commit: &str, named: &str) -> bool {
    named.len() >= COMMIT_DIGITS_LEAST
        && commit.get(..named.len()).is_some_and(|first| first.eq_ignore_ascii_case(named))
}
