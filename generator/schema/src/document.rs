//! What all documents have in common: a kind, a version, and a check of what types cannot say.

use schemars::{JsonSchema, Schema, schema_for};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    SCHEMA_VERSION, alarms::Alarms, baselines::Baselines, changes::Changes, comparison::Comparison, crossval::Crossval,
    pair::Pair, report::Report, watch::Watch,
};

/// A document that is written to a file and read from one.
pub trait Document: Serialize + DeserializeOwned + JsonSchema {
    /// What it is.
    const KIND: Kind;

    /// Checks what the types cannot: ranges, and fields that must agree.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, and where.
    fn check(&self) -> Result<(), Invalid>;

    /// Brings a document of an earlier version, as it was read, up to this one. Nothing is made up: what the earlier
    /// version had no field for is `null`, with that as its reason.
    fn upgrade(&mut self);
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One run on one platform.
    Report,
    /// What each platform's kernels are expected to do.
    Baselines,
    /// Two programs side by side.
    Pair,
    /// What a comparison found.
    Comparison,
    /// What a history shows.
    Changes,
    /// How kernels stand to references and libraries.
    Crossval,
    /// What the tool found where it was known what there was to find.
    Watch,
    /// How right the tool's issues were.
    Alarms,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Report,
        Self::Baselines,
        Self::Pair,
        Self::Comparison,
        Self::Changes,
        Self::Crossval,
        Self::Watch,
        Self::Alarms,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Baselines => "baselines",
            Self::Pair => "pair",
            Self::Comparison => "comparison",
            Self::Changes => "changes",
            Self::Crossval => "crossval",
            Self::Watch => "watch",
            Self::Alarms => "alarms",
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Report => "a report",
            Self::Baselines => "a baselines file",
            Self::Pair => "a pair",
            Self::Comparison => "a comparison",
            Self::Changes => "a list of changes",
            Self::Crossval => "a result of crossval",
            Self::Watch => "a watch",
            Self::Alarms => "a count of alarms",
        }
    }

    /// A top-level field that only this kind has.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::Report => "dispatch",
            Self::Baselines => "baselines",
            Self::Pair => "interleaved",
            Self::Comparison => "rows",
            Self::Changes => "series",
            Self::Crossval => "agreement",
            Self::Watch => "slowed",
            Self::Alarms => "false_alarms",
        }
    }

    /// Its JSON Schema.
    #[must_use]
    pub fn json_schema(self) -> Schema {
        match self {
            Self::Report => schema_for!(Report),
            Self::Baselines => schema_for!(Baselines),
            Self::Pair => schema_for!(Pair),
            Self::Comparison => schema_for!(Comparison),
            Self::Changes => schema_for!(Changes),
            Self::Crossval => schema_for!(Crossval),
            Self::Watch => schema_for!(Watch),
            Self::Alarms => schema_for!(Alarms),
        }
    }
}

/// Something in a document that its types allow and its meaning does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Invalid {
    /// Where, as a path of fields.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

impl Invalid {
    /// `problem` at `place`.
    #[must_use]
    pub fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }

    /// The same, seen from the field that contains it.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self { place: format!("{outer}.{}", self.place), ..self }
    }
}

/// Passes the versions that this program reads.
pub(crate) fn check_version(version: u32) -> Result<(), Invalid> {
    if (1..=SCHEMA_VERSION).contains(&version) {
        return Ok(());
    }
    let problem = format!("must be a whole number from 1 to {SCHEMA_VERSION}, found {version}");
    Err(Invalid::new("schema_version", problem))
}

/// Passes a number above 0, and what was not measured.
pub(crate) fn above_zero(place: &str, number: Option<f64>) -> Result<(), Invalid> {
    in_range(place, number, "a number above 0", |number| number.is_finite() && number > 0.0)
}

/// Passes a number of at least 0, and what was not measured.
pub(crate) fn at_least_zero(place: &str, number: Option<f64>) -> Result<(), Invalid> {
    in_range(place, number, "a number of at least 0", |number| number.is_finite() && number >= 0.0)
}

/// Passes a count of at least 1, and what was not measured.
pub(crate) fn at_least_one(place: &str, count: Option<u64>) -> Result<(), Invalid> {
    match count {
        Some(0) => Err(Invalid::new(place, "must be a whole number of at least 1, found 0")),
        _ => Ok(()),
    }
}

/// Passes a number that JSON can hold, and what there is none of.
pub(crate) fn finite(place: &str, number: Option<f64>) -> Result<(), Invalid> {
    in_range(place, number, "a number", f64::is_finite)
}

/// Passes a share, and what was not measured.
pub(crate) fn share(place: &str, number: Option<f64>) -> Result<(), Invalid> {
    in_range(place, number, "a number from 0 to 1", |number| (0.0..=1.0).contains(&number))
}

fn in_range(place: &str, number: Option<f64>, asked: &str, holds: impl Fn(f64) -> bool) -> Result<(), Invalid> {
    match number {
        Some(number) if !holds(number) => Err(Invalid::new(place, format!("must be {asked}, found {number}"))),
        _ => Ok(()),
    }
}
