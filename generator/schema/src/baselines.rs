//! `baselines.json`: what each platform's kernels are expected to do, and what counts as a regression.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use platforms::{IsaLevel, PlatformKey};
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    SCHEMA_VERSION,
    case::CaseRow,
    context::Context,
    document::{Document, Invalid, Kind, check_version},
    platform::Key,
    report::{Control, Report, check_rows, upgrade},
};

mod accepted;
mod limits;

pub use accepted::{Accepted, AcceptedChanges};
pub use limits::{Limits, PartialLimits, Thresholds};

/// The expectations of every platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baselines {
    /// The version of this format.
    #[schemars(range(min = 1, max = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// When it was last written.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub updated: Timestamp,
    /// What counts as a regression, unless an override says otherwise.
    pub thresholds: Thresholds,
    /// Other thresholds for some platforms and cases; of several that match, the last one counts, field by field.
    pub overrides: Vec<Override>,
    /// Changes that are known and shall not alarm.
    pub accepted: Vec<Accepted>,
    /// The sessions, by platform and machine class.
    #[schemars(with = "BTreeMap<Key, BTreeMap<String, ClassBaseline>>")]
    pub baselines: BTreeMap<PlatformKey, BTreeMap<String, ClassBaseline>>,
}

/// What is expected on one class of machines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassBaseline {
    /// The runs that it was learnt from, oldest first.
    pub sessions: Vec<Session>,
}

/// One run, as a baseline keeps it: a report without its version and platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created: Timestamp,
    /// Which selection of cases it was asked for.
    pub profile: String,
    /// Which code, on which machine, under which settings.
    pub context: Context,
    /// The machine itself, measured by loops that no change of the code can move.
    pub controls: BTreeMap<String, Control>,
    /// The variant that the program would use there, by kernel.
    #[schemars(with = "BTreeMap<String, String>")]
    pub dispatch: BTreeMap<String, IsaLevel>,
    /// The cases, by id.
    pub cases: BTreeMap<String, CaseRow>,
}

impl From<Report> for Session {
    fn from(report: Report) -> Self {
        let Report { schema_version: _, platform: _, created, profile, context, controls, dispatch, cases } = report;
        Self { created, profile, context, controls, dispatch, cases }
    }
}

/// Other thresholds for some platforms and cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// A regular expression on platform keys.
    pub platform: String,
    /// A regular expression on case ids.
    pub case: String,
    /// The critical limits that differ.
    #[serde(default, skip_serializing_if = "PartialLimits::is_empty")]
    pub critical: PartialLimits,
    /// The warning limits that differ.
    #[serde(default, skip_serializing_if = "PartialLimits::is_empty")]
    pub warning: PartialLimits,
    /// Why.
    pub reason: String,
    /// The last day on which it counts; `null` for no end.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub until: Option<Date>,
}

impl Baselines {
    /// A file without a session, with the default thresholds.
    #[must_use]
    pub fn new(updated: Timestamp) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            updated,
            thresholds: Thresholds::default(),
            overrides: Vec::new(),
            accepted: Vec::new(),
            baselines: BTreeMap::new(),
        }
    }

    /// What is expected on that class of that platform.
    #[must_use]
    pub fn of_class(&self, platform: PlatformKey, class: &str) -> Option<&ClassBaseline> {
        self.baselines.get(&platform)?.get(class)
    }
}

impl Override {
    fn check(&self, defaults: &Thresholds) -> Result<(), Invalid> {
        check_patterns(&self.platform, &self.case)?;
        check_reason(&self.reason)?;
        let critical = defaults.critical.overridden(&self.critical);
        let warning = defaults.warning.overridden(&self.warning);
        Thresholds { critical, warning }.check()
    }
}

/// Passes a reason that says something: who finds an exception a year later must learn why it is one.
fn check_reason(reason: &str) -> Result<(), Invalid> {
    if reason.trim().is_empty() {
        return Err(Invalid::new("reason", "must say why, found nothing"));
    }
    Ok(())
}

fn check_patterns(platform: &str, case: &str) -> Result<(), Invalid> {
    for (field, pattern) in [("platform", platform), ("case", case)] {
        Regex::new(pattern).map_err(|error| {
            // The lines before the last one draw the pattern.
            let text = error.to_string();
            let problem = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Invalid::new(field, format!("{pattern:?} is no regular expression: {problem}"))
        })?;
    }
    Ok(())
}

impl Document for Baselines {
    const KIND: Kind = Kind::Baselines;

    fn check(&self) -> Result<(), Invalid> {
        check_version(self.schema_version)?;
        self.thresholds.check().map_err(|invalid| invalid.within("thresholds"))?;
        for (index, one) in self.overrides.iter().enumerate() {
            one.check(&self.thresholds).map_err(|invalid| invalid.within(&format!("overrides[{index}]")))?;
        }
        for (index, one) in self.accepted.iter().enumerate() {
            one.check().map_err(|invalid| invalid.within(&format!("accepted[{index}]")))?;
        }
        for (platform, classes) in &self.baselines {
            for (class, baseline) in classes {
                for (index, session) in baseline.sessions.iter().enumerate() {
                    session.check(*platform, class).map_err(|invalid| {
                        invalid.within(&format!("baselines.{platform}.{class}.sessions[{index}]"))
                    })?;
                }
            }
        }
        Ok(())
    }

    fn upgrade(&mut self) {
        let sessions = self.baselines.values_mut().flat_map(BTreeMap::values_mut).flat_map(|class| &mut class.sessions);
        upgrade(self.schema_version, sessions.flat_map(|session| session.cases.values_mut()));
        self.schema_version = SCHEMA_VERSION;
    }
}

impl Session {
    /// Passes what may be expected of others: what was measured on a real CPU, at its own pace, with all it can do.
    fn check_is_no_exception(&self) -> Result<(), Invalid> {
        let context = &self.context;
        let exceptions = [
            ("context.machine.emulated", context.machine.emulated, "an emulated run"),
            ("context.injected", !context.injected.is_empty(), "a run slowed on purpose"),
            ("context.isa_cap", context.isa_cap.is_some(), "a run under TIDEGAUGE_ISA"),
        ];
        match exceptions.into_iter().find(|&(_, holds, _)| holds) {
            Some((field, _, run)) => Err(Invalid::new(field, format!("{run} is never a baseline; delete the session"))),
            None => Ok(()),
        }
    }

    fn check(&self, platform: PlatformKey, class: &str) -> Result<(), Invalid> {
        self.context.check(platform).map_err(|invalid| invalid.within("context"))?;
        let found = self.context.machine.class.as_deref();
        if found != Some(class) {
            let found = found.map_or("null".to_owned(), |found| format!("{found:?}"));
            let problem = format!("must be {class:?}, under which it stands, found {found}");
            return Err(Invalid::new("context.machine.class", problem));
        }
        self.check_is_no_exception()?;
        check_rows(&self.controls, &self.cases)
    }
}
