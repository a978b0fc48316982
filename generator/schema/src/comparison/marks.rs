//! What a row carries beside its verdict: severity, rule, known change, alarm.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How large a regression is, in the words that the field uses; by the size of `change_percent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// From 10 % on.
    Minor,
    /// From 20 % on.
    Moderate,
    /// From 50 % on.
    Severe,
}

impl Severity {
    /// Its name, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Moderate => "moderate",
            Self::Severe => "severe",
        }
    }
}

/// What is looked for beside the thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A variant takes more time than the plain code of the same kernel and shape, in the candidate's own session: the
    /// row's `baseline` is the plain code's value there.
    VariantSlowerThanScalar,
    /// Another ISA level was chosen for a kernel than when the baseline was made; the row's `case` is the kernel's id.
    DispatchChanged,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 2] = [Self::VariantSlowerThanScalar, Self::DispatchChanged];

    /// Its name, as in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VariantSlowerThanScalar => "variant_slower_than_scalar",
            Self::DispatchChanged => "dispatch_changed",
        }
    }
}

/// The accepted change that a row was held against, in place of no change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The commit that brought it, as the entry names it.
    pub since: String,
    /// Why it is accepted.
    pub reason: String,
    /// The accepted level, as in `change_percent`; `null` where the entry does not tell and nothing else does.
    pub change_percent: Option<f64>,
}

/// An alarm: opened by a critical row, suspected or confirmed, closed by two sessions in a row whose estimate is back under the warning threshold,
/// or by accepting the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// When the session that opened it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
    /// The code of that session; `null` where it is not known.
    pub commit: Option<String>,
    /// How many of the last sessions were back under the warning threshold: of two, the alarm is closed.
    #[schemars(range(max = 1))]
    pub sessions_back: u8,
}
