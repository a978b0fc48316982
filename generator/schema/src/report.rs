//! `report.json`: one run of the generator, or of an importer, on one platform.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platforms::{IsaLevel, PlatformKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    SCHEMA_VERSION,
    case::CaseRow,
    context::Context,
    document::{Document, Invalid, Kind, above_zero, check_version},
    platform::Key,
};

/// One session on one platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of this format.
    #[schemars(range(min = 1, max = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// Where it ran.
    #[schemars(with = "Key")]
    pub platform: PlatformKey,
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created: Timestamp,
    /// Which selection of cases it was asked for.
    pub profile: String,
    /// Which code, on which machine, under which settings.
    pub context: Context,
    /// The machine itself, measured by loops that no change of the code can move.
    pub controls: BTreeMap<String, Control>,
    /// The variant that the program would use here, by kernel.
    #[schemars(with = "BTreeMap<String, String>")]
    pub dispatch: BTreeMap<String, IsaLevel>,
    /// The cases, by id.
    pub cases: BTreeMap<String, CaseRow>,
}

/// A loop that measures the machine, not the code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Nanoseconds a step, one number a launch that had one, in the order in which they ran.
    #[schemars(extend("items" = json!({ "type": "number", "exclusiveMinimum": 0 })))]
    pub launches: Vec<f64>,
}

/// The longest id of a case, in bytes.
pub const CASE_ID_BYTES: usize = 300;

impl Document for Report {
    const KIND: Kind = Kind::Report;

    fn check(&self) -> Result<(), Invalid> {
        check_version(self.schema_version)?;
        self.context.check(self.platform).map_err(|invalid| invalid.within("context"))?;
        check_rows(&self.controls, &self.cases)
    }

    fn upgrade(&mut self) {
        upgrade(self.schema_version, self.cases.values_mut());
        self.schema_version = SCHEMA_VERSION;
    }
}

/// Brings rows of an earlier version up to this one: what it had no field for was not measured.
pub(crate) fn upgrade<'a>(version: u32, rows: impl Iterator<Item = &'a mut CaseRow>) {
    if version < 2 {
        rows.for_each(CaseRow::upgrade_to_2);
    }
}

pub(crate) fn check_rows(
    controls: &BTreeMap<String, Control>,
    cases: &BTreeMap<String, CaseRow>,
) -> Result<(), Invalid> {
    check_controls(controls)?;
    cases.check_ids()?;
    for (id, row) in cases {
        row.check().map_err(|invalid| invalid.within(&format!("cases.{id}")))?;
    }
    Ok(())
}

pub(crate) fn check_controls(controls: &BTreeMap<String, Control>) -> Result<(), Invalid> {
    for (name, control) in controls {
        for (index, &step_ns) in control.launches.iter().enumerate() {
            above_zero(&format!("controls.{name}.launches[{index}]"), Some(step_ns))?;
        }
    }
    Ok(())
}

/// Rows by the ids of their cases.
pub(crate) trait CaseIds {
    /// Passes ids that can be shown and written.
    fn check_ids(&self) -> Result<(), Invalid>;
}

impl<R> CaseIds for BTreeMap<String, R> {
    fn check_ids(&self) -> Result<(), Invalid> {
        self.keys().try_for_each(|id| check_id(id).map_err(|problem| Invalid::new(format!("cases.{id}"), problem)))
    }
}

fn check_id(id: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err("a case must have a name".to_owned());
    }
    if id.len() > CASE_ID_BYTES {
        return Err(format!("a name has at most {CASE_ID_BYTES} bytes, this has {}", id.len()));
    }
    if id.chars().any(char::is_control) {
        return Err("a name has no control characters".to_owned());
    }
    Ok(())
}
