//! Since when a row is worse, and between which commits; and how its series went.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use platforms::PlatformKey;
use schema::{
    changes::{Cause, Changes},
    comparison::{Comparison, Metric, Verdict},
    context::Git,
};
use serde::{Deserialize, Serialize};

use super::{Key, session, tonight::is_opening};
use crate::history::Timeline;

/// The longest commit that is remembered: 64 digits of SHA-256, and what marks one from which files differed. What a report
/// calls its commit may be anything, and of a longer one nothing is known.
const COMMIT_BYTES: usize = 80;

/// What marks a commit from which files differed.
const DIRTY: &str = "-dirty";

/// What was there before the night.
#[derive(Clone, Debug, Default)]
pub struct Past {
    sessions: Vec<PastSession>,
    timelines: Vec<Timeline>,
    changes: Option<Changes>,
}

/// What an earlier comparison said of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct PastSession {
    platform: PlatformKey,
    /// The class of machine; `None` of a machine of none.
    class: Option<String>,
    point: Point,
    verdicts: BTreeMap<Key, Verdict>,
}

/// A session and its commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// When it began; `None` where nothing tells it.
    pub session: Option<Timestamp>,
    /// Its commit, with `-dirty` behind one from which files differed; `None` where nothing tells it.
    pub commit: Option<String>,
}

/// Between which states of the code something began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The last that was fine: it began after this one.
    pub after: Point,
    /// The first that was not.
    pub to: Point,
    /// Whether a session was seen to be fine; else `after` is that of the baseline.
    pub is_seen: bool,
}

impl Point {
    fn new(session: Option<Timestamp>, git: Option<&Git>) -> Self {
        let mark = |git: &Git| if git.dirty { DIRTY } else { "" };
        Self::at(session, git.map(|git| format!("{}{}", git.commit, mark(git))))
    }

    fn at(session: Option<Timestamp>, commit: Option<String>) -> Self {
        let point = Self { session, commit };
        if point.is_sound() { point } else { Self { commit: None, ..point } }
    }

    /// The whole commit, where it is one that git and GitHub know by this name.
    #[must_use]
    pub fn clean_commit(&self) -> Option<&str> {
        let commit = self.commit.as_deref()?;
        (commit.len() == 40 && commit.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(commit)
    }

    /// Whether both are of the same state of the code; of no known one, of the same session.
    fn is_same(&self, other: &Self) -> bool {
        match (&self.commit, &other.commit) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self.session.is_some() && self.session == other.session,
            _ => false,
        }
    }

    fn is_sound(&self) -> bool {
        self.commit.as_ref().is_none_or(|commit| !commit.is_empty() && commit.len() <= COMMIT_BYTES)
    }
}

impl Range {
    /// Whether what began in both may be the same: between the same commits; or, where sessions were seen to be fine
    /// before, in one and a part of it, since a session that cannot tell makes the one longer.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let is_equal = self.after.is_same(&other.after) && self.to.is_same(&other.to);
        is_equal || (self.is_seen && other.is_seen && (self.is_within(other) || other.is_within(self)))
    }

    /// Whether it lies in another, by the times of sessions.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        match (self.after.session, self.to.session, other.after.session, other.to.session) {
            (Some(after), Some(to), Some(other_after), Some(other_to)) => after >= other_after && to <= other_to,
            _ => false,
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.after.is_sound() && self.to.is_sound()
    }
}

/// Those rows of tonight of which it must be known since when they are worse: what may open an issue.
#[must_use]
pub fn wanted(comparisons: &[Comparison]) -> BTreeSet<Key> {
    let rows = comparisons.iter().flat_map(|comparison| comparison.rows.iter().filter(|row| is_opening(row)));
    rows.filter_map(|row| Some((row.case.clone(), row.metric?))).collect()
}

impl PastSession {
    /// What `comparison` says of the `wanted` rows.
    #[must_use]
    pub fn new(comparison: &Comparison, wanted: &BTreeSet<Key>) -> Self {
        let key = |row: &schema::comparison::Row| {
            let key = (row.case.clone(), row.metric?);
            (row.rule.is_none() && wanted.contains(&key)).then_some(key)
        };
        Self {
            platform: comparison.platform,
            class: comparison.candidate.class.clone(),
            point: of_candidate(comparison),
            verdicts: comparison.rows.iter().filter_map(|row| Some((key(row)?, row.verdict))).collect(),
        }
    }

    fn time(&self) -> Option<Timestamp> {
        self.point.session
    }
}

fn of_candidate(comparison: &Comparison) -> Point {
    Point::new(Some(session(comparison)), comparison.candidate.git.as_ref())
}

/// The series of a row, and where it began.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series<'a> {
    pub(super) timeline: &'a Timeline,
    /// The first point in which it was worse, where the series has it.
    pub(super) began: Option<usize>,
}

impl Past {
    /// Of earlier comparisons, in any order; of the series of all reports and what was found in them.
    #[must_use]
    pub fn new(mut sessions: Vec<PastSession>, timelines: Vec<Timeline>, changes: Option<Changes>) -> Self {
        sessions.sort_by_key(PastSession::time);
        Self { sessions, timelines, changes }
    }

    /// What was found in the series.
    #[must_use]
    pub const fn changes(&self) -> Option<&Changes> {
        self.changes.as_ref()
    }

    /// Between which states of the code a row of tonight began to be worse, as sessions on tonight's class of machine saw
    /// it: another may never show it.
    pub(super) fn began(&self, tonight: &Comparison, case: &str, metric: Metric) -> Range {
        let key = (case.to_owned(), metric);
        let now = session(tonight);
        let before: Vec<(&Point, Verdict)> = self
            .sessions
            .iter()
            .filter(|past| past.platform == tonight.platform && past.class == tonight.candidate.class)
            .filter(|past| past.time() < Some(now))
            .filter_map(|past| Some((&past.point, *past.verdicts.get(&key)?)))
            .collect();
        let is_fine = |verdict: Verdict| matches!(verdict, Verdict::Stable | Verdict::Improved);
        // Who cannot tell is neither: the change lies somewhere between those that can.
        let is_worse = |verdict: Verdict| matches!(verdict, Verdict::Critical | Verdict::Warning);
        let last = before.iter().rposition(|(_, verdict)| is_fine(*verdict));
        let since = last.map_or(0, |last| last + 1);
        let first = before[since..].iter().find(|(_, verdict)| is_worse(*verdict));
        let range = Range {
            after: last.map_or_else(
                || Point::new(tonight.baseline.created, tonight.baseline.git.as_ref()),
                |last| before[last].0.clone(),
            ),
            to: first.map_or_else(|| of_candidate(tonight), |(point, _)| (*point).clone()),
            is_seen: last.is_some(),
        };
        self.refined(tonight, case, metric, range)
    }

    /// The same, where a change point of the series lies in it: the sessions that could not tell on their own tell
    /// together.
    fn refined(&self, tonight: &Comparison, case: &str, metric: Metric, range: Range) -> Range {
        let found = || {
            let timeline = self.timeline(tonight, case, metric)?;
            let series = self.changes.as_ref()?.series.get(&timeline.name)?;
            let changes = series.changes.iter().rev();
            let mut worse = changes.filter(|change| change.cause == Cause::Code && change.is_worse == Some(true));
            worse.find_map(|change| {
                let commits = change.commits.as_ref()?;
                let place = timeline.indices.iter().position(|index| *index == change.index)?;
                let time = |place: usize| timeline.times.get(place).copied();
                let refined = Range {
                    after: Point::at(time(place.checked_sub(1)?), Some(commits.after.clone())),
                    to: Point::at(time(place), Some(commits.to.clone())),
                    is_seen: true,
                };
                refined.is_within(&range).then_some(refined)
            })
        };
        found().unwrap_or(range)
    }

    fn timeline(&self, tonight: &Comparison, case: &str, metric: Metric) -> Option<&Timeline> {
        let class = tonight.candidate.class.as_deref()?;
        self.timelines.iter().find(|timeline| {
            timeline.subject.as_ref().is_some_and(|subject| {
                subject.platform == tonight.platform
                    && subject.class == class
                    && subject.case.as_deref() == Some(case)
                    && subject.metric == Some(metric)
            })
        })
    }

    /// How a row went on tonight's class of machine; `None` where there is too little for a picture.
    pub(super) fn series(&self, tonight: &Comparison, case: &str, metric: Metric, range: &Range) -> Option<Series<'_>> {
        let timeline = self.timeline(tonight, case, metric).filter(|timeline| timeline.values.len() >= 2)?;
        let began = range.to.session.and_then(|since| timeline.times.iter().position(|time| *time >= since));
        Some(Series { timeline, began })
    }
}
