//! Where a series lies now, and whether its baseline still describes it. The baseline moves only when someone decides so; a series
//! that has left it would otherwise be alarmed, or excused, for ever.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use platforms::PlatformKey;
use schema::{baselines::Baselines, case::Status, changes::Level};

use super::{Timeline, reports, search::Found};
use crate::{
    comparison::metric,
    policy::{Commits, Policy, PolicyError},
};

/// The fewest points of a level: after a change it takes some to know where the series lies.
const POINTS_LEAST: usize = 5;

/// The most points of a level: of a series that creeps it is the present that counts.
const POINTS_MOST: usize = 30;

/// What was expected of a series.
pub trait Expected: Sync {
    /// The baseline's value, and how far a level may lie from it, on the scale of logarithms, to be still described.
    fn of(&self, timeline: &Timeline) -> Option<(f64, f64)>;
}

/// Nothing is expected.
impl Expected for () {
    fn of(&self, _: &Timeline) -> Option<(f64, f64)> {
        None
    }
}

/// Where `timeline` lies now.
pub(super) fn level(timeline: &Timeline, found: &Found, expected: &dyn Expected) -> Option<Level> {
    let count = timeline.values.len();
    let since = found.changes.last().map_or(0, |raised| raised.change.index).max(count.saturating_sub(POINTS_MOST));
    let logs: Vec<f64> = timeline.values[since..].iter().map(|value| value.ln()).collect();
    if logs.len() < POINTS_LEAST {
        return None;
    }
    let place = statistics::location(&logs)?;
    let baseline = expected.of(timeline);
    Some(Level {
        value: place.mean.exp(),
        points: logs.len() as u64,
        baseline: baseline.map(|(value, _)| value),
        is_described: baseline.map(|(value, reach)| (place.mean - value.ln()).abs() < reach),
    })
}

/// What baselines expect, under their thresholds of today.
pub struct BaselineLevels<'a> {
    baselines: &'a Baselines,
    policies: BTreeMap<PlatformKey, Policy>,
}

impl<'a> BaselineLevels<'a> {
    /// Of `baselines`, at `now`.
    ///
    /// # Errors
    ///
    /// When the thresholds cannot be made out.
    pub fn new(baselines: &'a Baselines, now: Timestamp) -> Result<Self, PolicyError> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let policy =
            |platform: &PlatformKey| Ok((*platform, Policy::new(baselines, *platform, today, Commits::default())?));
        Ok(Self { baselines, policies: baselines.baselines.keys().map(policy).collect::<Result<_, _>>()? })
    }
}

impl Expected for BaselineLevels<'_> {
    fn of(&self, timeline: &Timeline) -> Option<(f64, f64)> {
        let subject = timeline.subject.as_ref()?;
        let (case, metric) = (subject.case.as_deref()?, subject.metric?);
        let class = self.baselines.baselines.get(&subject.platform)?.get(&subject.class)?;
        let values: Vec<f64> = class
            .sessions
            .iter()
            .filter_map(|session| session.cases.get(case))
            .filter(|row| row.status == Status::Measured)
            .filter_map(|row| reports::value(row, metric))
            .collect();
        let thresholds = self.policies.get(&subject.platform)?.of_case(case).ok()?.thresholds(metric);
        Some((statistics::median(&values)?, metric::bars(metric, &thresholds, None).warning))
    }
}
