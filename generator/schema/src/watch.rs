//! `watch.json`: what the tool found where it was known what there was to find. A program beside itself has no change; the same
//! slowed on purpose has one. Kept night by night, the two rates say how far an alarm is to be believed.

use jiff::Timestamp;
use platforms::PlatformKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    SCHEMA_VERSION,
    document::{Document, Invalid, Kind, above_zero, check_version},
    platform::Key,
};

/// One watch: on one platform, with one program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The version of this format.
    #[schemars(range(min = 1, max = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// Where it ran.
    #[schemars(with = "Key")]
    pub platform: PlatformKey,
    /// When the program was measured beside itself.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created: Timestamp,
    /// The machine class; `null` where it is of none.
    pub class: Option<String>,
    /// The code of the program; `null` where it is not known.
    pub commit: Option<String>,
    /// The program beside itself.
    pub unchanged: Unchanged,
    /// The program beside itself slowed on purpose.
    pub slowed: Slowed,
}

/// What was found of a program beside itself: whatever it is, it is false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unchanged {
    /// How many metrics of cases were judged: of each case, its throughput and its latency.
    pub judged: u64,
    /// What was called a critical regression or a warning, as `case metric`.
    pub false_regressions: Vec<String>,
    /// What was called better, as `case metric`.
    pub false_improvements: Vec<String>,
}

/// What was found of a program beside itself slowed on purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slowed {
    /// By how much more time its calls took, in percent.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub percent: f64,
    /// How many cases were slowed.
    pub cases: u64,
    /// Those of which neither throughput nor latency was called a warning or critical.
    pub missed: Vec<String>,
}

impl Document for Watch {
    const KIND: Kind = Kind::Watch;

    fn check(&self) -> Result<(), Invalid> {
        check_version(self.schema_version)?;
        above_zero("slowed.percent", Some(self.slowed.percent))?;
        let found = self.unchanged.false_regressions.len() + self.unchanged.false_improvements.len();
        at_most("unchanged.judged", found, self.unchanged.judged)?;
        at_most("slowed.cases", self.slowed.missed.len(), self.slowed.cases)
    }

    fn upgrade(&mut self) {
        self.schema_version = SCHEMA_VERSION;
    }
}

/// Passes a whole that has all its parts.
fn at_most(place: &str, listed: usize, of: u64) -> Result<(), Invalid> {
    if listed as u64 <= of {
        return Ok(());
    }
    Err(Invalid::new(place, format!("must be at least {listed}, of which each is listed, found {of}")))
}
