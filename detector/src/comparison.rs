//! The comparison: a report and what was expected in, one row a case and metric out. Pure: no file, no network, no clock.
//!
//! | file | answers |
//! |---|---|
//! | `request` | what is asked, and why there may be no answer |
//! | `standing` | may the two be compared at all, and against which sessions |
//! | `case` | what became of a case as a whole |
//! | `metric` | how a metric is read from a row, and which way is worse |
//! | `judgement` | what is to say of one metric of one case |
//! | `prior` | how the baseline's cases spread, and so what is expected of each |
//! | `sentence` | the same, in words |
//! | `known` | the same, where some of the change is accepted |
//! | `machine` | did the controls move, and what can still be said then |
//! | `rules` | what no threshold sees |
//! | `alarm` | which alarms are open, and which close |
//! | `wide` | did many cases move together |
//! | `pairing` | what is to say of two programs side by side, alone or beside a report |
//! | `evidence` | on which numbers the rows of a case rest |
//! | `notes` | what else a reader must know |
//! | `summary` | all of it in short, and the exit code |

use std::collections::{BTreeMap, BTreeSet};

use jiff::{civil::Date, tz::TimeZone};
use regex::Regex;
use schema::{
    SCHEMA_VERSION,
    baselines::{Baselines, Session},
    case::CaseRow,
    comparison::{Comparison, Side},
    context::Context,
    pair::Pair,
    report::Report,
};

use crate::policy::{Commits, Policy};

mod alarm;
mod case;
pub mod evidence;
mod judgement;
mod known;
mod machine;
pub(crate) mod metric;
mod notes;
mod pairing;
mod prior;
mod request;
mod rules;
mod sentence;
mod standing;
mod summary;
pub(crate) mod wide;

pub(crate) use case::is_same_work;
pub(crate) use notes::{differences, list};
pub(crate) use sentence::plural;

pub use request::{CompareError, FailOn, Previous, Request};

use case::{Finding, Sides};
use prior::Priors;
use standing::Standing;
use summary::Together;

/// A pair beside a report.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// The pair, of the report's candidate.
    pub pair: &'a Pair,
    /// The file that it was read from, for people.
    pub file: &'a str,
}

/// Holds `candidate` against what `baselines` expects of its platform and machine class.
///
/// # Errors
///
/// When there is nothing to compare, or the thresholds cannot be made out.
pub fn compare(candidate: &Report, baselines: &Baselines, request: &Request) -> Result<Comparison, CompareError> {
    judge(candidate, baselines, None, request)
}

/// The same; the cases that both programs were measured in side by side are judged by that alone, and so confirmed or
/// refuted.
///
/// # Errors
///
/// When the pair is of another candidate, there is nothing to compare, or the thresholds cannot be made out.
pub fn compare_beside_pair(
    candidate: &Report,
    baselines: &Baselines,
    beside: Beside<'_>,
    request: &Request,
) -> Result<Comparison, CompareError> {
    pairing::check(candidate, &beside, request)?;
    judge(candidate, baselines, Some(beside), request)
}

fn judge(
    candidate: &Report,
    baselines: &Baselines,
    beside: Option<Beside<'_>>,
    request: &Request,
) -> Result<Comparison, CompareError> {
    if candidate.cases.is_empty() {
        return Err(CompareError::NoCases { file: request.candidate_file.clone() });
    }
    alarm::check(candidate, request)?;
    let wrong_policy = |source| CompareError::Policy { file: request.baseline_file.clone(), source };
    let previous = request.previous.as_ref().map(|previous| &previous.comparison);

    let mut notes = Vec::new();
    let mut standing = Standing::of(candidate, baselines, &mut notes);
    let expected = standing.last_sessions(candidate, baselines);
    let sessions = standing.sessions().to_vec();
    // Where no session of this machine's class may be compared, a pair still is with what made the baseline elsewhere.
    let made = if sessions.is_empty() { &expected } else { &sessions };
    let known: Vec<&str> = made.iter().filter_map(|session| commit(&session.context)).collect();
    let commits = Commits { baseline: &known, candidate: clean_commit(&candidate.context), is_foreign: false };
    let policy = Policy::new(baselines, candidate.platform, today(request), commits).map_err(wrong_policy)?;
    let policy = previous.into_iter().fold(policy, Policy::after);
    let cases = selected(candidate, &sessions, request.filter.as_ref())?;

    notes.extend(notes::of_context(candidate, &sessions));
    notes.extend(policy.ended().map(str::to_owned));
    if request.filter.is_none() {
        let kernels = candidate.dispatch.keys().map(String::as_str);
        notes.extend(policy.unmatched(cases.iter().copied().chain(kernels)));
    }

    // Machine and settings must be the same before a change is said to be the code's.
    let is_watched = !machine::is_unwatched(candidate, &sessions);
    let like_with_like = is_watched && !notes::settings_differ(candidate, &sessions);
    if !is_watched {
        notes.push(machine::UNWATCHED.to_owned());
    }
    let priors = Priors::of(&sessions).after(&request.history, candidate, &sessions);
    let mut findings: Vec<Finding> = Vec::new();
    let mut unasked = 0;
    for id in &cases {
        if case::is_unasked(id, candidate, &sessions) {
            unasked += 1;
            continue;
        }
        let thresholds = policy.of_case(id).map_err(wrong_policy)?;
        let sides = Sides {
            baseline: sessions.iter().filter_map(|session| session.cases.get(*id)).collect(),
            candidate: candidate.cases.get(*id),
            priors: &priors,
        };
        findings.push(case::finding(id, &sides, &standing, &thresholds, like_with_like));
    }
    notes.extend(notes::unasked(unasked, candidate));
    let mut baseline = baseline_side(candidate, &sessions, &request.baseline_file);
    if let Some(beside) = beside {
        let why_not = pairing::why_not(candidate, beside.pair, &expected);
        let confirmed = pairing::confirmed(findings, &beside, why_not, |id| policy.of_case(id).map_err(wrong_policy))?;
        findings = confirmed.findings;
        notes.extend(confirmed.notes);
        // Where the pair has everything it does not matter what the report could be held against.
        if confirmed.is_whole {
            standing = Standing::Comparable(Vec::new());
            baseline = side(&beside.pair.baseline, beside.pair, beside.file);
        }
    }
    let controls = machine::controls(candidate, &sessions);
    if let Some(change) = &controls.change {
        machine::withhold(&mut findings, change);
    }
    for finding in &mut findings {
        let thresholds = policy.of_case(&finding.case).map_err(wrong_policy)?;
        finding.rows.extend(rules::slower_than_scalar(candidate, &finding.case, &thresholds));
    }
    if let Some(last) = sessions.last() {
        findings.extend(rules::dispatch_changed(candidate, last, &cases, |name| policy.of_case(name).ok()));
    }
    let wide_change = wide::of(&findings, wide::Surroundings::of_sessions(candidate, &sessions, &controls));
    notes.extend(notes::of_findings(&findings));
    notes.extend(known::notes(&findings, known.last().copied()));
    notes.extend(alarm::follow(&mut findings, previous, candidate, &cases));

    let together = Together { machine_change: controls.change.map(|change| change.reason), wide_change };
    let withheld = summary::Withheld::of(&findings);
    let rows = case::worst_first(findings);
    let summary = summary::of(&rows, &standing, &withheld, together, notes, request);
    Ok(Comparison {
        schema_version: SCHEMA_VERSION,
        created: request.now,
        platform: candidate.platform,
        baseline,
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

/// Holds a pair's candidate against its baseline, measured side by side; `request` names the pair's file as that of the
/// candidate. The thresholds are those of `baselines`, whose sessions do not matter; `None` for the default ones.
///
/// # Errors
///
/// When there is nothing to compare, or the thresholds cannot be made out.
pub fn compare_pair(pair: &Pair, baselines: Option<&Baselines>, request: &Request) -> Result<Comparison, CompareError> {
    if pair.cases.is_empty() {
        return Err(CompareError::NoCases { file: request.candidate_file.clone() });
    }
    let wrong_policy = |source| CompareError::Policy { file: request.baseline_file.clone(), source };
    let defaults = Baselines::new(request.now);
    let known: Vec<&str> = commit(&pair.baseline).into_iter().collect();
    let commits = Commits { baseline: &known, candidate: clean_commit(&pair.candidate), is_foreign: true };
    let policy =
        Policy::new(baselines.unwrap_or(&defaults), pair.platform, today(request), commits).map_err(wrong_policy)?;
    let standing = Standing::of_pair(pair);

    let mut notes = vec!["both programs were measured side by side".to_owned()];
    if baselines.is_none() {
        notes.push("the default thresholds apply; --baselines FILE takes those of a file".to_owned());
    }
    notes.extend(notes::of_pair(pair));
    notes.extend(policy.ended().map(str::to_owned));

    let all: BTreeSet<&str> = pair.cases.keys().map(String::as_str).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for id in filtered(all, request.filter.as_ref())? {
        let thresholds = policy.of_case(id).map_err(wrong_policy)?;
        findings.push(pairing::finding(id, pair, &standing, &thresholds));
    }
    notes.extend(notes::of_findings(&findings));
    notes.extend(known::notes(&findings, known.last().copied()));

    let wide_change = wide::of(&findings, wide::Surroundings::of_pair(pair));
    let together = Together { machine_change: None, wide_change };
    let withheld = summary::Withheld::of(&findings);
    let rows = case::worst_first(findings);
    let summary = summary::of(&rows, &standing, &withheld, together, notes, request);
    Ok(Comparison {
        schema_version: SCHEMA_VERSION,
        created: request.now,
        platform: pair.platform,
        baseline: side(&pair.baseline, pair, &request.candidate_file),
        candidate: side(&pair.candidate, pair, &request.candidate_file),
        rows,
        summary,
    })
}

/// The commit of a context, where it is known.
fn commit(context: &Context) -> Option<&str> {
    context.git.as_ref().map(|git| git.commit.as_str())
}

/// The same, where no file differed from it.
fn clean_commit(context: &Context) -> Option<&str> {
    context.git.as_ref().filter(|git| !git.dirty).map(|git| git.commit.as_str())
}

fn today(request: &Request) -> Date {
    request.now.to_zoned(TimeZone::UTC).date()
}

/// A side of a pair.
fn side(context: &Context, pair: &Pair, file: &str) -> Side {
    Side {
        file: file.to_owned(),
        class: context.machine.class.clone(),
        sessions: 1,
        git: context.git.clone(),
        created: Some(pair.created),
    }
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
    filtered(all, filter)
}

/// The ids that the filter takes.
fn filtered<'a>(all: BTreeSet<&'a str>, filter: Option<&Regex>) -> Result<BTreeSet<&'a str>, CompareError> {
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
