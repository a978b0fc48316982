//! A history: series of points, oldest first, and where they changed. Pure: no file, no clock.
//!
//! | file | answers |
//! |---|---|
//! | `csv` | which series a CSV file has |
//! | `reports` | which series a folder of reports makes |
//! | `search` | where each series changed, at once or a point at a time |
//! | `attribution` | whether that was the code or the machine, and what changed together |
//! | `layout` | where a run stands in a history folder |
//! | `level` | where each series lies now, and whether the baseline still describes it |

use std::sync::Arc;

use jiff::Timestamp;
use platforms::PlatformKey;
use schema::{
    SCHEMA_VERSION,
    changes::{Change, Changes, CommitRange, Creep, Event, Series},
    comparison::{Certainty, Metric},
};
use statistics::change_points::Method;

use crate::comparison::list;

mod attribution;
pub mod csv;
pub mod layout;
mod level;
pub mod reports;
mod search;

pub use level::{BaselineLevels, Expected};
use search::Raised;

/// One series: what was measured, again and again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Its name.
    pub name: String,
    /// What is measured, where reports tell it.
    pub subject: Option<Subject>,
    /// The machine whose series it is; `None` where nothing tells it.
    pub machine: Option<Arc<str>>,
    /// Whether it is a control of that machine.
    pub is_control: bool,
    /// What was measured, all above 0 and finite, oldest first.
    pub values: Vec<f64>,
    /// The points' numbers: as many as values, ascending.
    pub indices: Vec<i64>,
    /// When they were measured: as many as values, or none.
    pub times: Vec<Timestamp>,
    /// The commits that they were measured at: as many as values, or none.
    pub commits: Vec<Option<Arc<str>>>,
}

/// What a series of reports is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The platform.
    pub platform: PlatformKey,
    /// The machine class, by which a baseline is found.
    pub class: String,
    /// The case's id; `None` of a control.
    pub case: Option<String>,
    /// What is measured of it; `None` of a control, which is the time of a step.
    pub metric: Option<Metric>,
}

impl Timeline {
    /// Whether more is worse; `None` where nothing tells it.
    fn is_more_worse(&self) -> Option<bool> {
        let subject = self.subject.as_ref()?;
        Some(!matches!(subject.metric, Some(Metric::Throughput | Metric::Accuracy)))
    }

    /// Where a point stands among those of its machine: its time, else its number.
    fn key(&self, point: usize) -> i128 {
        self.times.get(point).map_or_else(|| i128::from(self.indices[point]), |time| time.as_nanosecond())
    }
}

/// What is asked beside the series.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where the series were read from, for people.
    pub source: String,
    /// Whether to look a point at a time.
    pub replay: bool,
    /// What the search believes beforehand.
    pub method: Method,
    /// What is said of the series when they were read.
    pub notes: Vec<String>,
    /// The time of the search.
    pub now: Timestamp,
}

/// Searches all series, on all CPUs.
#[must_use]
pub fn changes(timelines: &[Timeline], expected: &dyn Expected, request: &Request) -> Changes {
    let found = search::all(timelines, &request.method, request.replay);
    let attributed = attribution::attribute(timelines, &found);
    let mut notes = request.notes.clone();
    let mut series = std::collections::BTreeMap::new();
    let mut outgrown: Vec<String> = Vec::new();
    for (place, (timeline, found)) in timelines.iter().zip(&found).enumerate() {
        let changes: Vec<Change> = found
            .changes
            .iter()
            .zip(&attributed.causes[place])
            .map(|(raised, cause)| change(timeline, raised, *cause))
            .collect();
        let level = level::level(timeline, found, expected);
        if level.as_ref().is_some_and(|level| level.is_described == Some(false)) {
            outgrown.push(timeline.name.clone());
        }
        let subject = timeline.subject.as_ref();
        let row = Series {
            points: timeline.values.len() as u64,
            platform: subject.map(|subject| subject.platform),
            machine: timeline.machine.as_deref().map(str::to_owned),
            is_control: timeline.is_control,
            case: subject.and_then(|subject| subject.case.clone()),
            metric: subject.and_then(|subject| subject.metric),
            changes,
            creep: found.creeps.iter().filter_map(|creep| self::creep(timeline, creep)).collect(),
            level,
        };
        series.insert(timeline.name.clone(), row);
    }
    let least = 2 * request.method.stretch_least;
    let short = timelines.iter().filter(|timeline| !timeline.is_control && timeline.values.len() < least).count();
    if short > 0 {
        notes.push(format!("{short} of the series have fewer than {least} points, in which no change can be found"));
    }
    if !outgrown.is_empty() {
        notes.push(format!(
            "the baseline no longer describes {} series: {}; decide whether it should, and renew it with `generator baseline`, \
             or find what changed",
            outgrown.len(),
            list(&outgrown)
        ));
    }
    Changes {
        schema_version: SCHEMA_VERSION,
        created: request.now,
        source: request.source.clone(),
        replayed: request.replay,
        series,
        events: attributed.events,
        notes,
    }
}

fn change(timeline: &Timeline, raised: &Raised, cause: schema::changes::Cause) -> Change {
    let found = &raised.change;
    let commit = |point: usize| timeline.commits.get(point).and_then(|commit| commit.as_deref().map(str::to_owned));
    let before = found.index.checked_sub(1);
    Change {
        index: timeline.indices[found.index],
        time: timeline.times.get(found.index).copied(),
        commits: before.and_then(commit).zip(commit(found.index)).map(|(after, to)| CommitRange { after, to }),
        change_percent: statistics::percent_of_log(found.estimate),
        interval_percent: [found.low, found.high].map(statistics::percent_of_log),
        is_worse: timeline.is_more_worse().map(|is_more_worse| is_more_worse == (found.estimate > 0.0)),
        certainty: if found.is_confirmed { Certainty::Confirmed } else { Certainty::Suspected },
        cause,
        raised_index: raised.raised.map(|point| timeline.indices[point]),
    }
}

/// A creep whose rate is surely not 0.
fn creep(timeline: &Timeline, creep: &statistics::change_points::Creep) -> Option<Creep> {
    (creep.low > 0.0 || creep.high < 0.0).then(|| {
        let percent = |rate: f64| statistics::percent_of_log(100.0 * rate);
        Creep {
            from_index: timeline.indices[creep.from],
            to_index: timeline.indices[creep.to - 1],
            percent_per_100_points: percent(creep.rate),
            interval_percent: [creep.low, creep.high].map(percent),
            is_worse: timeline.is_more_worse().map(|is_more_worse| is_more_worse == (creep.rate > 0.0)),
        }
    })
}

/// What many series of a machine share.
struct Attributed {
    /// By series and change, in their order.
    causes: Vec<Vec<schema::changes::Cause>>,
    events: Vec<Event>,
}
