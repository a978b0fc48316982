//! What the baseline tells of how its cases spread: for each case, what is expected of it beside others of its kind.
//!
//! From the baseline's sessions, and from those of a history where one is given: how much sessions differ is learnt from all of
//! them, what is expected of a case from the baseline alone. Where the history changed its level, the code did, and the sessions
//! before are brought to the level after. What else the candidate measured, and what a filter leaves of it, has no part in it, so
//! that a case is judged the same alone and among many.

use std::collections::BTreeMap;

use schema::{
    baselines::Session,
    case::{Bound, CaseRow, Status},
    comparison::Metric,
    report::Report,
};
use statistics::{
    Assumptions, CaseSpread, Kind, Prior,
    change_points::{Method, change_points},
    location,
};

use super::{
    case::is_same_work,
    machine,
    metric::{self, Kind as MetricKind},
};
use crate::history::reports::is_comparable;

/// Of so many cases one does not matter, and a case need not be left out of what is expected of it.
const CASES_MANY: usize = 100;

/// How the cases of a baseline spread, by metric and kind. Cases of which nobody said what bounds them are a kind of
/// their own.
pub(super) struct Priors<'a> {
    kinds: BTreeMap<(Metric, Option<Bound>), Cases<'a>>,
    /// Of the history beside the baseline, by metric and case.
    history: BTreeMap<(Metric, &'a str), CaseSpread>,
}

/// The cases of a kind.
#[derive(Default)]
struct Cases<'a> {
    spreads: BTreeMap<&'a str, CaseSpread>,
    /// Of all of them, where they are many.
    together: Option<Kind>,
}

impl<'a> Priors<'a> {
    /// Of the baseline's sessions, oldest first.
    pub(super) fn of(sessions: &[&'a Session]) -> Self {
        let mut rows: BTreeMap<&str, Vec<&CaseRow>> = BTreeMap::new();
        for (id, row) in sessions.iter().flat_map(|session| &session.cases) {
            if row.status == Status::Measured {
                rows.entry(id).or_default().push(row);
            }
        }
        let mut kinds: BTreeMap<(Metric, Option<Bound>), Cases<'a>> = BTreeMap::new();
        for (id, rows) in rows {
            let last = rows[rows.len() - 1];
            for metric in timed() {
                let same_work = rows.iter().filter(|row| is_same_work(row, last));
                let launches: Vec<Vec<f64>> = same_work.map(|row| metric::launches(metric, row)).collect();
                let spread = CaseSpread::of(&launches, &Assumptions::default());
                kinds.entry((metric, last.bound)).or_default().spreads.insert(id, spread);
            }
        }
        for cases in kinds.values_mut().filter(|cases| cases.spreads.len() > CASES_MANY) {
            cases.together = Some(Kind::of(&cases.spreads.values().copied().collect::<Vec<_>>()));
        }
        Self { kinds, history: BTreeMap::new() }
    }

    /// The same, with what `history` tells of the candidate's machine class: its sessions before the candidate's that
    /// are not the baseline's. Those in which the machine itself had changed tell as little of it as their own timings
    /// did of the code: a few such nights would pass for restlessness, and hide what comes after them.
    pub(super) fn after(mut self, history: &'a [Report], candidate: &Report, sessions: &[&Session]) -> Self {
        let is_beside = |report: &&Report| {
            report.created < candidate.created
                && report.platform == candidate.platform
                && report.context.machine.class == candidate.context.machine.class
                && is_comparable(report)
                && machine::controls(report, sessions).change.is_none()
                && !sessions.iter().any(|session| session.created == report.created)
        };
        let mut beside: Vec<&Report> = history.iter().filter(is_beside).collect();
        beside.sort_by_key(|report| report.created);
        let mut rows: BTreeMap<&str, Vec<&CaseRow>> = BTreeMap::new();
        for (id, row) in beside.iter().flat_map(|report| &report.cases) {
            if row.status == Status::Measured {
                rows.entry(id).or_default().push(row);
            }
        }
        for (id, rows) in rows {
            let last = rows[rows.len() - 1];
            for metric in timed() {
                let same_work = rows.iter().filter(|row| is_same_work(row, last));
                let launches =
                    same_work.map(|row| metric::launches(metric, row)).filter(|launches| !launches.is_empty());
                let levelled = levelled(launches.collect());
                self.history.insert((metric, id), CaseSpread::of(&levelled, &Assumptions::default()));
            }
        }
        self
    }

    /// What is expected of the case `id`, whose baseline holds `rows` with these `launches`.
    pub(super) fn of_case(&self, id: &str, metric: Metric, rows: &[&CaseRow], launches: &[Vec<f64>]) -> Prior {
        let bound = rows.last().and_then(|row| row.bound);
        let others = self.kinds.get(&(metric, bound)).map_or_else(Kind::default, |cases| cases.beside(id));
        let assumptions = Assumptions::default();
        let prior = Prior::learn(&CaseSpread::of(launches, &assumptions), &others, assumptions);
        self.history.get(&(metric, id)).map_or(prior, |history| prior.after(history))
    }
}

/// The metrics of which each launch gives a number.
fn timed() -> impl Iterator<Item = Metric> {
    Metric::ALL.into_iter().filter(|&metric| metric::kind(metric) == MetricKind::Timed)
}

/// Sessions of a history, oldest first, brought to the level of the last.
fn levelled(sessions: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let places: Vec<f64> = sessions
        .iter()
        .filter_map(|launches| Some(location(&launches.iter().map(|number| number.ln()).collect::<Vec<_>>())?.mean))
        .collect();
    let changes = change_points(&places, &Method::default()).changes;
    let to_last =
        |at: usize| -> f64 { changes.iter().filter(|change| change.index > at).map(|change| change.estimate).sum() };
    let moved = |(at, launches): (usize, Vec<f64>)| {
        let factor = to_last(at).exp();
        launches.into_iter().map(|number| number * factor).collect()
    };
    sessions.into_iter().enumerate().map(moved).collect()
}

impl Cases<'_> {
    fn beside(&self, id: &str) -> Kind {
        self.together.unwrap_or_else(|| {
            let others = self.spreads.iter().filter(|(other, _)| **other != id);
            Kind::of(&others.map(|(_, spread)| *spread).collect::<Vec<_>>())
        })
    }
}
