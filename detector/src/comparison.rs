//! The comparison: a report and what was expected in, one row a case and metric out. Pure: no file, no network, no clock.
//!
//! | file | answers |
//! |---|---|
//! | `standing` | may the two be compared at all, and against which sessions |
//! | `case` | what became of a case as a whole |
//! | `metric` | how a metric is read from a row, and which way is worse |
//! | `judgement` | what is to say of one metric of one case |
//! | `notes` | what else a reader must know |
//! | `summary` | all of it in short, and the exit code |

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
use regex::Regex;
use schema::{
    SCHEMA_VERSION,
    baselines::{Baselines, Session},
    case::CaseRow,
    comparison::{Comparison, Side},
    report::Report,
};

use crate::policy::{Policy, PolicyError};

mod case;
mod judgement;
mod metric;
mod notes;
mod standing;
mod summary;

use case::{Finding, Sides};
use standing::Standing;

/// What is asked beside the two documents.
#[derive(Clone, Debug)]
pub struct Request {
    /// The file that the baseline was read from, for people.
    pub baseline_file: String,
    /// The file that the candidate was read from, for people.
    pub candidate_file: String,
    /// Which cases, by id; `None` for all.
    pub filter: Option<Regex>,
    /// What makes the comparison fail.
    pub fail_on: FailOn,
    /// Whether an inconclusive case makes it fail.
    pub strict: bool,
    /// The time of the comparison.
    pub now: Timestamp,
}

/// From which verdict on a comparison fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// A critical regression.
    Critical,
    /// A warning.
    Warning,
    /// Nothing: for a look without consequences.
    Never,
}

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The report has no cases.
    #[error("{file}: the report has no cases, so there is nothing to judge; measure some")]
    NoCases {
        /// The candidate's file.
        file: String,
    },
    /// The filter leaves no case.
    #[error("the filter {filter:?} matches none of the {count} cases; `--filter .` takes them all")]
    FilterMatchesNothing {
        /// The filter.
        filter: String,
        /// How many cases there are on both sides.
        count: usize,
    },
    /// The thresholds cannot be made out.
    #[error("{file}: {source}")]
    Policy {
        /// The baseline's file.
        file: String,
        /// What is wrong.
        source: PolicyError,
    },
}

/// Holds `candidate` against what `baselines` expects of its platform and machine class.
///
/// # Errors
///
/// When there is nothing to compare, or the thresholds cannot be made out.
pub fn compare(candidate: &Report, baselines: &Baselines, request: &Request) -> Result<Comparison, CompareError> {
    if candidate.cases.is_empty() {
        return Err(CompareError::NoCases { file: request.candidate_file.clone() });
    }
    let wrong_policy = |source| CompareError::Policy { file: request.baseline_file.clone(), source };
    let today = request.now.to_zoned(TimeZone::UTC).date();
    let policy = Policy::new(baselines, candidate.platform, today).map_err(wrong_policy)?;

    let mut notes = Vec::new();
    let standing = Standing::of(candidate, baselines, &mut notes);
    let sessions = standing.sessions();
    let cases = selected(candidate, sessions, request.filter.as_ref())?;

    notes.extend(notes::of_context(candidate, sessions));
    notes.extend(policy.ended().iter().cloned());
    if request.filter.is_none() {
        notes.extend(policy.unmatched(cases.iter().copied()));
    }

    let machine_change = standing::machine_change(candidate, sessions);
    let mut findings: Vec<Finding> = Vec::new();
    for id in &cases {
        let thresholds = policy.of_case(id).map_err(wrong_policy)?;
        let sides = Sides {
            baseline: sessions.iter().filter_map(|session| session.cases.get(*id)).collect(),
            candidate: candidate.cases.get(*id),
        };
        // Settings and machine must be the same before a change is said to be the code's.
        let like_with_like = machine_change.is_none() && !notes::settings_differ(candidate, sessions);
        findings.push(case::finding(id, &sides, &standing, &thresholds, like_with_like));
    }
    notes.extend(notes::of_findings(&findings));

    let rows = case::worst_first(findings);
    let summary = summary::of(&rows, &standing, machine_change, notes, request);
    Ok(Comparison {
        schema_version: SCHEMA_VERSION,
        created: request.now,
        platform: candidate.platform,
        baseline: baseline_side(candidate, sessions, &request.baseline_file),
        candidate: Side {
            file: request.candidate_file.clone(),
            class: candidate.context.machine.class.clone(),
            sessions: 1,
            git: candidate.context.git.clone(),
            created: Some(candidate.created),
        },
        rows,
        summary,
    })
}

/// The ids of both sides' cases that the filter takes.
fn selected<'a>(
    candidate: &'a Report,
    sessions: &[&'a Session],
    filter: Option<&Regex>,
) -> Result<BTreeSet<&'a str>, CompareError> {
    let ids = |cases: &'a BTreeMap<String, CaseRow>| cases.keys().map(String::as_str);
    let mut all: BTreeSet<&str> = ids(&candidate.cases).collect();
    all.extend(sessions.iter().flat_map(|session| ids(&session.cases)));
    let Some(filter) = filter else {
        return Ok(all);
    };
    let taken: BTreeSet<&str> = all.iter().copied().filter(|id| filter.is_match(id)).collect();
    if taken.is_empty() {
        return Err(CompareError::FilterMatchesNothing { filter: filter.to_string(), count: all.len() });
    }
    Ok(taken)
}

fn baseline_side(candidate: &Report, sessions: &[&Session], file: &str) -> Side {
    let last = sessions.last();
    Side {
        file: file.to_owned(),
        class: last.and_then(|_| candidate.context.machine.class.clone()),
        sessions: u32::try_from(sessions.len()).unwrap_or(u32::MAX),
        git: last.and_then(|session| session.context.git.clone()),
        created: last.map(|session| session.created),
    }
}
