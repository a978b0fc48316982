//! `alarms.json`: how right the issues were that the tool opened, as people have judged them since. Kept night by night beside what was
//! measured: it is the rate that nobody can reckon beforehand.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    SCHEMA_VERSION,
    document::{Document, Invalid, Kind, check_version},
};

/// All issues of a repository that the tool ever opened, as they stand on one night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarms {
    /// The version of this format.
    #[schemars(range(min = 1, max = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// When they were counted.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created: Timestamp,
    /// How many are closed, and nobody called false.
    pub right: u64,
    /// How many are open and without a word from a person: whether they are right, nobody has said yet.
    pub unread: u64,
    /// How many a person labelled `false-alarm`.
    pub false_alarms: u64,
}

impl Document for Alarms {
    const KIND: Kind = Kind::Alarms;

    fn check(&self) -> Result<(), Invalid> {
        check_version(self.schema_version)
    }

    fn upgrade(&mut self) {
        self.schema_version = SCHEMA_VERSION;
    }
}
