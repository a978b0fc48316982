//! `changes.json`: where the series of a history changed, one entry a series.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platforms::PlatformKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    SCHEMA_VERSION,
    comparison::{Certainty, Metric},
    document::{Document, Invalid, Kind, above_zero, check_version, finite},
    platform::Key,
};

/// What a history shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// The version of this format.
    #[schemars(range(min = 1, max = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created: Timestamp,
    /// The folder or file that the history was read from.
    pub source: String,
    /// Whether the changes are those that would have been raised had someone looked after each point, in place of those that the
    /// whole history shows.
    pub replayed: bool,
    /// The series, by name: the case and its metric behind the machine class, or the name that a CSV file gives.
    pub series: BTreeMap<String, Series>,
    /// Where many series of a machine changed together, or its controls did, in order.
    pub events: Vec<Event>,
    /// What else a reader must know.
    pub notes: Vec<String>,
}

/// One series of a history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// How many points it has.
    pub points: u64,
    /// The platform; `null` of a CSV file.
    #[schemars(with = "Option<Key>")]
    pub platform: Option<PlatformKey>,
    /// The machine whose series this is: its class, or the part of the name that a CSV file's series share; `null` where nothing
    /// tells it.
    pub machine: Option<String>,
    /// Whether it is a control of that machine: a fixed loop that no change of the code can move.
    pub is_control: bool,
    /// The case's id; `null` of controls and of a CSV file.
    pub case: Option<String>,
    /// What is measured of it; `null` of controls and of a CSV file.
    pub metric: Option<Metric>,
    /// Where it changed, in order.
    pub changes: Vec<Change>,
    /// Where it crept: changed slowly and steadily, in order.
    pub creep: Vec<Creep>,
    /// What is seen since the last change; `null` where there are too few points for a level.
    pub level: Option<Level>,
}

/// A change of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The first point after it: its number from 0, or what the CSV file's `index` says of it.
    pub index: i64,
    /// When that point was measured; `null` where nothing tells it.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub time: Option<Timestamp>,
    /// Between which commits; `null` where nothing tells them.
    pub commits: Option<CommitRange>,
    /// From the level before to the level after, in percent of the former, creep apart.
    pub change_percent: f64,
    /// Its 95 % interval.
    pub interval_percent: [f64; 2],
    /// Whether it is for the worse; `null` where nothing tells which way is worse.
    pub is_worse: Option<bool>,
    /// Whether it may still be chance, or a bend of what creeps.
    pub certainty: Certainty,
    /// What changed.
    pub cause: Cause,
    /// The point after which it would have been raised; `null` where the whole history was looked at.
    pub raised_index: Option<i64>,
}

/// Commits between two points of a history; behind one from which files differed stands `-dirty`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitRange {
    /// That of the last point before: the change came after it.
    pub after: String,
    /// That of the first point with the change.
    pub to: String,
}

/// What a change is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The code, as far as the controls tell; where a machine has none, nothing speaks against it.
    Code,
    /// The machine: a control of it changed with it, or the code was the same before and after.
    Machine,
}

/// A slow and steady change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Creep {
    /// Its first point, as in `index` of a change.
    pub from_index: i64,
    /// Its last point.
    pub to_index: i64,
    /// By how much a hundred points change, in percent.
    pub percent_per_100_points: f64,
    /// Its 95 % interval.
    pub interval_percent: [f64; 2],
    /// Whether it is for the worse; `null` where nothing tells which way is worse.
    pub is_worse: Option<bool>,
}

/// Where a series lies now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its value, in the unit of the series.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: f64,
    /// How many points it rests on.
    pub points: u64,
    /// The baseline's value; `null` where no baselines were given, or they do not have it.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub baseline: Option<f64>,
    /// Whether the baseline still describes what is seen; `null` where there is none.
    pub is_described: Option<bool>,
}

/// Something that many series of a machine share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The machine.
    pub machine: String,
    /// What changed.
    pub cause: Cause,
    /// The first point after it, in the series that shows it first.
    pub index: i64,
    /// When that point was measured; `null` where nothing tells it.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub time: Option<Timestamp>,
    /// The controls that changed; none of a change of the code.
    pub controls: Vec<String>,
    /// How many of the machine's cases changed their speed with it; of a CSV file, how many of its series, controls apart.
    pub changed: u64,
    /// Of how many.
    pub series: u64,
}

impl Document for Changes {
    const KIND: Kind = Kind::Changes;

    fn check(&self) -> Result<(), Invalid> {
        check_version(self.schema_version)?;
        for (name, series) in &self.series {
            series.check().map_err(|invalid| invalid.within(&format!("series.{name}")))?;
        }
        Ok(())
    }

    fn upgrade(&mut self) {
        self.schema_version = SCHEMA_VERSION;
    }
}

impl Series {
    fn check(&self) -> Result<(), Invalid> {
        for (place, change) in self.changes.iter().enumerate() {
            let [low, high] = change.interval_percent;
            for number in [change.change_percent, low, high] {
                finite(&format!("changes[{place}].change_percent"), Some(number))?;
            }
        }
        for (place, creep) in self.creep.iter().enumerate() {
            let [low, high] = creep.interval_percent;
            for number in [creep.percent_per_100_points, low, high] {
                finite(&format!("creep[{place}].percent_per_100_points"), Some(number))?;
            }
        }
        if let Some(level) = &self.level {
            above_zero("level.value", Some(level.value))?;
            above_zero("level.baseline", level.baseline)?;
        }
        Ok(())
    }
}
