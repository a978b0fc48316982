//! Changes that somebody decided to live with.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{check_patterns, check_reason};
use crate::{
    comparison::{Metric, Rule},
    document::Invalid,
};

/// A change that is known and shall not alarm until it changes again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// A regular expression on platform keys.
    pub platform: String,
    /// A regular expression on case ids.
    pub case: String,
    /// The commit that brought it; its first digits are enough, from four on.
    pub since: String,
    /// Why it is accepted.
    pub reason: String,
    /// How large it was, metric by metric; where none is given, each is accepted as it was found at `since`.
    #[serde(default, skip_serializing_if = "AcceptedChanges::is_empty")]
    pub changes: AcceptedChanges,
    /// The commit of the baseline that `changes` count from; the entry no longer counts beside a baseline of another one.
    /// `null` for whatever baseline there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// The rule whose finding is accepted; `null` where it is a change of the figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// The last day on which it counts; `null` for no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub until: Option<Date>,
}

/// How large a change was, from baseline to candidate as in a row's `change_percent`, and always for the worse: an
/// improvement needs a new baseline, or a later loss of it would pass. A metric that is left out beside others is not
/// accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AcceptedChanges {
    /// In percent of the baseline, below 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = -100, "exclusiveMaximum" = 0))]
    pub throughput: Option<f64>,
    /// In percent of the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub latency_p50: Option<f64>,
    /// In percent of the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub latency_p95: Option<f64>,
    /// In percent of the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub latency_p99: Option<f64>,
    /// In percent of the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub memory: Option<f64>,
    /// In percentage points, below 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("minimum" = -100, "exclusiveMaximum" = 0))]
    pub accuracy: Option<f64>,
    /// In percent of the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub instructions: Option<f64>,
}

impl AcceptedChanges {
    /// That of `metric`.
    #[must_use]
    pub const fn of(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Throughput => self.throughput,
            Metric::LatencyP50 => self.latency_p50,
            Metric::LatencyP95 => self.latency_p95,
            Metric::LatencyP99 => self.latency_p99,
            Metric::Memory => self.memory,
            Metric::Accuracy => self.accuracy,
            Metric::Instructions => self.instructions,
        }
    }

    /// Whether none is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Accepted {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_patterns(&self.platform, &self.case)?;
        check_reason(&self.reason)?;
        Metric::ALL.into_iter().try_for_each(|metric| check_change(metric, self.changes.of(metric)))
    }
}

/// Passes a change for the worse that can be, and none.
fn check_change(metric: Metric, percent: Option<f64>) -> Result<(), Invalid> {
    let Some(percent) = percent else {
        return Ok(());
    };
    let (holds, asked) = match metric {
        Metric::Throughput => (percent < 0.0 && percent > -100.0, "a number between -100 and 0"),
        Metric::Accuracy => ((-100.0..0.0).contains(&percent), "a number from -100 to below 0"),
        _ => (percent > 0.0 && percent.is_finite(), "a number above 0"),
    };
    if holds {
        return Ok(());
    }
    let problem = format!("must be {asked}, since only a change for the worse is accepted, found {percent}");
    Err(Invalid::new(format!("changes.{}", metric.name()), problem))
}
