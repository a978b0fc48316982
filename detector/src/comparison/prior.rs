//! What the baseline tells of how its cases spread: for each case, what is expected of it beside others of its kind.
//!
//! From the baseline's sessions alone. What else the candidate measured, and what a filter leaves of it, has no part in
//! it, so that a case is judged the same alone and among many.

use std::collections::BTreeMap;

use schema::{
    baselines::Session,
    case::{Bound, CaseRow, Status},
    comparison::Metric,
};
use statistics::{Assumptions, CaseSpread, Kind, Prior};

use super::{
    case::is_same_work,
    metric::{self, Kind as MetricKind},
};

/// Of so many cases one does not matter, and a case need not be left out of what is expected of it.
const CASES_MANY: usize = 100;

/// How the cases of a baseline spread, by metric and kind. Cases of which nobody said what bounds them are a kind of
/// their own.
pub(super) struct Priors<'a> {
    kinds: BTreeMap<(Metric, Option<Bound>), Cases<'a>>,
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
            for metric in Metric::ALL.into_iter().filter(|&metric| metric::kind(metric) == MetricKind::Timed) {
                let same_work = rows.iter().filter(|row| is_same_work(row, last));
                let launches: Vec<Vec<f64>> = same_work.map(|row| metric::launches(metric, row)).collect();
                let spread = CaseSpread::of(&launches, &Assumptions::default());
                kinds.entry((metric, last.bound)).or_default().spreads.insert(id, spread);
            }
        }
        for cases in kinds.values_mut().filter(|cases| cases.spreads.len() > CASES_MANY) {
            cases.together = Some(Kind::of(&cases.spreads.values().copied().collect::<Vec<_>>()));
        }
        Self { kinds }
    }

    /// What is expected of the case `id`, whose baseline holds `rows` with these `launches`.
    pub(super) fn of_case(&self, id: &str, metric: Metric, rows: &[&CaseRow], launches: &[Vec<f64>]) -> Prior {
        let bound = rows.last().and_then(|row| row.bound);
        let others = self.kinds.get(&(metric, bound)).map_or_else(Kind::default, |cases| cases.beside(id));
        let assumptions = Assumptions::default();
        Prior::learn(&CaseSpread::of(launches, &assumptions), &others, assumptions)
    }
}

impl Cases<'_> {
    fn beside(&self, id: &str) -> Kind {
        self.together.unwrap_or_else(|| {
            let others = self.spreads.iter().filter(|(other, _)| **other != id);
            Kind::of(&others.map(|(_, spread)| *spread).collect::<Vec<_>>())
        })
    }
}
