//! `comparison.json`: what a comparison found, one row a case and metric.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use platforms::PlatformKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    SCHEMA_VERSION,
    context::Git,
    document::{Document, Invalid, Kind, above_zero, check_version, finite},
    pair::Interleaved,
    platform::Key,
};

mod marks;

pub use marks::{Alarm, Known, Rule, Severity};

/// What became of a candidate beside its baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The version of this format.
    #[schemars(range(min = 1, max = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created: Timestamp,
    /// Where both ran.
    #[schemars(with = "Key")]
    pub platform: PlatformKey,
    /// What was expected.
    pub baseline: Side,
    /// What was found.
    pub candidate: Side,
    /// The findings, worst first.
    pub rows: Vec<Row>,
    /// All of it in short.
    pub summary: Summary,
}

/// One of the two sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The file that it was read from.
    pub file: String,
    /// The machine class; `null` where it is of none.
    pub class: Option<String>,
    /// How many sessions it has: 0 where there is no baseline.
    pub sessions: u32,
    /// The code of its last session.
    pub git: Option<Git>,
    /// When its last session began; `null` where it has none.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub created: Option<Timestamp>,
}

/// What was found of one metric of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The case's id.
    pub case: String,
    /// The rule that found it; `null` where case and metric were held against the thresholds.
    pub rule: Option<Rule>,
    /// What was compared; `null` where the case as a whole is meant, as in `missing`.
    pub metric: Option<Metric>,
    /// What `baseline` and `candidate` count; `null` where neither is given.
    pub unit: Option<Unit>,
    /// The baseline's value.
    pub baseline: Option<f64>,
    /// The candidate's value.
    pub candidate: Option<f64>,
    /// From baseline to candidate, in percent of the baseline; for accuracy, in percentage points.
    pub change_percent: Option<f64>,
    /// Its 95 % interval, as in `change_percent`.
    pub interval_percent: Option<[f64; 2]>,
    /// The smallest change that could have been seen, in percent.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub smallest_change_percent: Option<f64>,
    /// How many further launches of the candidate would settle an inconclusive row, at least; `null` where launches
    /// would not, or nothing is to settle.
    pub further_launches: Option<u32>,
    /// The thresholds that applied.
    pub thresholds: Option<AppliedThresholds>,
    /// The verdict.
    pub verdict: Verdict,
    /// How sure a regression or improvement is; `null` for other verdicts.
    pub certainty: Option<Certainty>,
    /// How large a regression is; `null` below 10 %, and for other verdicts.
    pub severity: Option<Severity>,
    /// The accepted change that the row was held against; `null` where there is none.
    pub known: Option<Known>,
    /// The alarm that is open for this case and metric; `null` where there is none.
    pub alarm: Option<Alarm>,
    /// How finely the two programs took turns, where the row is of a pair; `null` where each ran in sessions of its own.
    pub interleaved: Option<Interleaved>,
    /// What the report alone says, where a pair decided the row in its place and says something else.
    pub report_verdict: Option<Verdict>,
    /// Why, in a sentence.
    pub reason: String,
}

impl Row {
    /// Of a case as a whole, of which there are no figures.
    #[must_use]
    pub fn without_figures(case: &str, verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            case: case.to_owned(),
            rule: None,
            metric: None,
            unit: None,
            baseline: None,
            candidate: None,
            change_percent: None,
            interval_percent: None,
            smallest_change_percent: None,
            further_launches: None,
            thresholds: None,
            verdict,
            certainty: None,
            severity: None,
            known: None,
            alarm: None,
            interleaved: None,
            report_verdict: None,
            reason: reason.into(),
        }
    }
}

/// What is compared of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Work a second; more is better.
    Throughput,
    /// The median time of a call.
    LatencyP50,
    /// The 95th percentile of the time of a call.
    LatencyP95,
    /// The 99th percentile of the time of a call.
    LatencyP99,
    /// Peak memory.
    Memory,
    /// The share of outputs that agree with the reference; more is better.
    Accuracy,
    /// Instructions of a call.
    Instructions,
}

impl Metric {
    /// Every metric, the most telling first.
    pub const ALL: [Self; 7] = [
        Self::Throughput,
        Self::LatencyP50,
        Self::LatencyP95,
        Self::LatencyP99,
        Self::Memory,
        Self::Accuracy,
        Self::Instructions,
    ];

    /// Its name, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::LatencyP50 => "latency_p50",
            Self::LatencyP95 => "latency_p95",
            Self::LatencyP99 => "latency_p99",
            Self::Memory => "memory",
            Self::Accuracy => "accuracy",
            Self::Instructions => "instructions",
        }
    }
}

/// What the values of a row count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Multiplications and additions a second.
    FlopsPerSecond,
    /// Bytes a second.
    BytesPerSecond,
    /// Elements a second.
    ElementsPerSecond,
    /// Tokens a second.
    TokensPerSecond,
    /// Work a second, of a kind that an imported case does not state.
    PerSecond,
    /// Nanoseconds.
    Ns,
    /// Bytes.
    Bytes,
    /// A share, from 0 to 1.
    Share,
    /// Instructions of a call.
    Instructions,
}

impl Unit {
    /// Its short form for tables, behind an SI prefix where it can have one: `flop/s`.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::FlopsPerSecond => "flop/s",
            Self::BytesPerSecond => "B/s",
            Self::ElementsPerSecond => "elem/s",
            Self::TokensPerSecond => "tok/s",
            Self::PerSecond => "/s",
            Self::Ns => "ns",
            Self::Bytes => "B",
            Self::Share => "%",
            Self::Instructions => "instr",
        }
    }
}

/// The thresholds that a row was held against, for the worse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppliedThresholds {
    /// From here on critical: percent, or percentage points for accuracy.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub critical_percent: f64,
    /// From here on a warning.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub warning_percent: f64,
    /// What a change must come to as well before it is critical: nanoseconds for latency, nanoseconds of a call for
    /// throughput, bytes for memory, a count for instructions; `null` for any.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub critical_floor: Option<f64>,
    /// The same before it is a warning.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub warning_floor: Option<f64>,
    /// Where they came from: `thresholds`, or `overrides[2]: REASON`.
    pub source: String,
}

/// What is said of one metric of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A regression that someone must act on.
    Critical,
    /// The baseline has the case, the candidate does not.
    Missing,
    /// The two were measured on machines that cannot be compared, or under other settings.
    Incomparable,
    /// A regression that someone should look at.
    Warning,
    /// The interval straddles a threshold: more launches are needed.
    Inconclusive,
    /// Better, past the warning threshold the other way.
    Improved,
    /// The candidate has the case, the baseline does not.
    New,
    /// No change that matters.
    Stable,
}

impl Verdict {
    /// Every verdict, worst first.
    pub const ALL: [Self; 8] = [
        Self::Critical,
        Self::Missing,
        Self::Incomparable,
        Self::Warning,
        Self::Inconclusive,
        Self::Improved,
        Self::New,
        Self::Stable,
    ];

    /// Its name, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Missing => "missing",
            Self::Incomparable => "incomparable",
            Self::Warning => "warning",
            Self::Inconclusive => "inconclusive",
            Self::Improved => "improved",
            Self::New => "new",
            Self::Stable => "stable",
        }
    }
}

/// How sure a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Seen, but by too little to be believed without a second look: a baseline of one session, or no pair.
    Suspected,
    /// Seen again side by side, or against several sessions.
    Confirmed,
}

/// A comparison in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How many cases have each verdict as their worst; a kernel that a rule names counts as a case.
    #[schemars(with = "BTreeMap<String, u32>")]
    pub cases: BTreeMap<String, u32>,
    /// What the controls say of the machine, where it changed; `null` where it did not, or has no controls.
    pub machine_change: Option<String>,
    /// What many cases did together while the controls stayed; `null` where they did not.
    pub wide_change: Option<WideChange>,
    /// What else a reader must know: settings that differ, overrides that ended, what could not be judged.
    pub notes: Vec<String>,
    /// What the comparison exits with.
    pub exit_code: u8,
    /// Why, in a sentence.
    pub exit_reason: String,
}

/// Many cases moved in one direction, and the machine did not: a compiler, a flag, a dispatch, or code that they share. What
/// is said of each case is said of it all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WideChange {
    /// How many cases surely moved that way.
    pub cases: u32,
    /// Of how many whose speed could be judged.
    pub judged: u32,
    /// The change of time in the middle of those that moved, in percent: above 0 is slower.
    pub change_percent: f64,
    /// In what the two sides differ beside their commit: toolchain, flags, dispatch.
    pub differences: Vec<String>,
    /// All of it in a sentence.
    pub reason: String,
}

impl Document for Comparison {
    const KIND: Kind = Kind::Comparison;

    fn check(&self) -> Result<(), Invalid> {
        check_version(self.schema_version)?;
        for (index, row) in self.rows.iter().enumerate() {
            row.check().map_err(|invalid| invalid.within(&format!("rows[{index}]")))?;
        }
        finite("summary.wide_change.change_percent", self.summary.wide_change.as_ref().map(|wide| wide.change_percent))
    }

    fn upgrade(&mut self) {
        self.schema_version = SCHEMA_VERSION;
    }
}

impl Row {
    fn check(&self) -> Result<(), Invalid> {
        finite("baseline", self.baseline)?;
        finite("candidate", self.candidate)?;
        finite("change_percent", self.change_percent)?;
        above_zero("smallest_change_percent", self.smallest_change_percent)?;
        if let Some([low, high]) = self.interval_percent {
            finite("interval_percent[0]", Some(low))?;
            finite("interval_percent[1]", Some(high))?;
            if low > high {
                let problem = format!("must go from low to high, found {low} before {high}");
                return Err(Invalid::new("interval_percent", problem));
            }
        }
        if let Some(thresholds) = &self.thresholds {
            above_zero("thresholds.critical_percent", Some(thresholds.critical_percent))?;
            above_zero("thresholds.warning_percent", Some(thresholds.warning_percent))?;
            above_zero("thresholds.critical_floor", thresholds.critical_floor)?;
            above_zero("thresholds.warning_floor", thresholds.warning_floor)?;
        }
        finite("known.change_percent", self.known.as_ref().and_then(|known| known.change_percent))?;
        if let Some(back) = self.alarm.as_ref().map(|alarm| alarm.sessions_back).filter(|&back| back > 1) {
            return Err(Invalid::new("alarm.sessions_back", format!("must be 0 or 1, found {back}")));
        }
        Ok(())
    }
}

impl Comparison {
    /// The cases of which only a pair can say more: a regression that is suspected or was alarmed before, what may be one and cannot be
    /// told yet, and what nothing could be held against. A pair has no tails, and so settles nothing about them; nor about what the
    /// candidate does not have.
    #[must_use]
    pub fn suspects(&self) -> BTreeSet<&str> {
        let missing = self.rows.iter().filter(|row| row.verdict == Verdict::Missing);
        let missing: BTreeSet<&str> = missing.map(|row| row.case.as_str()).collect();
        let is_paired = |row: &&Row| {
            row.rule.is_none()
                && !matches!(row.metric, Some(Metric::LatencyP95 | Metric::LatencyP99))
                && !missing.contains(row.case.as_str())
        };
        self.rows.iter().filter(is_paired).filter(|row| row.is_suspect()).map(|row| row.case.as_str()).collect()
    }
}

impl Row {
    fn is_suspect(&self) -> bool {
        match self.verdict {
            Verdict::Critical | Verdict::Warning | Verdict::Incomparable => true,
            Verdict::Inconclusive => self.alarm.is_some() || self.is_past_warning(),
            Verdict::Improved | Verdict::New | Verdict::Stable => self.alarm.is_some(),
            Verdict::Missing => false,
        }
    }

    /// Whether the estimate alone, however wide its interval, would be a warning; so it is where there is none.
    #[must_use]
    pub fn is_past_warning(&self) -> bool {
        let (Some(change), Some(thresholds)) = (self.change_percent, &self.thresholds) else {
            return true;
        };
        let worse = if matches!(self.metric, Some(Metric::Throughput | Metric::Accuracy)) { -change } else { change };
        worse >= thresholds.warning_percent
    }
}
