//! How far each metric may move for the worse: in percent, and by an amount that matters at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Invalid, above_zero};

/// What counts as a regression.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// From here on someone must act.
    pub critical: Limits,
    /// From here on someone should look.
    pub warning: Limits,
}

/// How far each metric may move for the worse. Where a metric has both, a change must be past the percentage and past the
/// amount: a nanosecond more may be a quarter of a call, and still be nothing that anybody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Throughput, down, in percent of the baseline.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub throughput_decrease_percent: f64,
    /// The same as time: what the work of a call takes longer at that throughput, in nanoseconds; `null` for any. It does
    /// not count where the work of a call is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub throughput_call_increase_ns: Option<f64>,
    /// Latency, up, in percent of the baseline.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub latency_increase_percent: f64,
    /// Its 95th percentile, up, in percent of the baseline; `null` for that of latency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub latency_p95_increase_percent: Option<f64>,
    /// Its 99th percentile, up, in percent of the baseline; `null` for that of latency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub latency_p99_increase_percent: Option<f64>,
    /// Latency and its percentiles, up, in nanoseconds; `null` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub latency_increase_ns: Option<f64>,
    /// Peak memory, up, in percent of the baseline.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub memory_increase_percent: f64,
    /// Peak memory, up, in bytes; `null` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub memory_increase_bytes: Option<f64>,
    /// Accuracy, down, absolute: 0.005 is half a percent of the outputs.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub accuracy_decrease: f64,
    /// Instructions a call, up, in percent of the baseline.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub instructions_increase_percent: f64,
    /// Instructions a call, up, as a count; `null` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub instructions_increase_count: Option<f64>,
}

/// Limits of which some are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PartialLimits {
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub throughput_decrease_percent: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub throughput_call_increase_ns: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub latency_increase_percent: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub latency_p95_increase_percent: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub latency_p99_increase_percent: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub latency_increase_ns: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub memory_increase_percent: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub memory_increase_bytes: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub accuracy_decrease: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 10000))]
    pub instructions_increase_percent: Option<f64>,
    /// In place of the general one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub instructions_increase_count: Option<f64>,
}

impl Default for Thresholds {
    /// The defaults of the field: a person acts on 15 % of throughput or 25 % of latency.
    fn default() -> Self {
        Self {
            critical: Limits::of_percent([15.0, 25.0, 30.0, 5.0], 0.005),
            warning: Limits::of_percent([8.0, 15.0, 20.0, 2.0], 0.002),
        }
    }
}

/// A field, its value where there is one, and the value above which it makes no sense.
type Field = (&'static str, Option<f64>, f64);

impl Limits {
    /// Throughput, latency, memory and instructions in percent, accuracy absolute; a change may be as small as it likes.
    #[must_use]
    pub const fn of_percent([throughput, latency, memory, instructions]: [f64; 4], accuracy_decrease: f64) -> Self {
        Self {
            throughput_decrease_percent: throughput,
            throughput_call_increase_ns: None,
            latency_increase_percent: latency,
            latency_p95_increase_percent: None,
            latency_p99_increase_percent: None,
            latency_increase_ns: None,
            memory_increase_percent: memory,
            memory_increase_bytes: None,
            accuracy_decrease,
            instructions_increase_percent: instructions,
            instructions_increase_count: None,
        }
    }

    /// The limit of the 95th percentile of latency, in percent.
    #[must_use]
    pub fn latency_p95_percent(&self) -> f64 {
        self.latency_p95_increase_percent.unwrap_or(self.latency_increase_percent)
    }

    /// The limit of the 99th percentile of latency, in percent.
    #[must_use]
    pub fn latency_p99_percent(&self) -> f64 {
        self.latency_p99_increase_percent.unwrap_or(self.latency_increase_percent)
    }

    fn fields(&self) -> [Field; 11] {
        const ANY: f64 = f64::MAX;
        [
            ("throughput_decrease_percent", Some(self.throughput_decrease_percent), 100.0),
            ("throughput_call_increase_ns", self.throughput_call_increase_ns, ANY),
            ("latency_increase_percent", Some(self.latency_increase_percent), 10_000.0),
            ("latency_p95_increase_percent", Some(self.latency_p95_percent()), 10_000.0),
            ("latency_p99_increase_percent", Some(self.latency_p99_percent()), 10_000.0),
            ("latency_increase_ns", self.latency_increase_ns, ANY),
            ("memory_increase_percent", Some(self.memory_increase_percent), 10_000.0),
            ("memory_increase_bytes", self.memory_increase_bytes, ANY),
            ("accuracy_decrease", Some(self.accuracy_decrease), 1.0),
            ("instructions_increase_percent", Some(self.instructions_increase_percent), 10_000.0),
            ("instructions_increase_count", self.instructions_increase_count, ANY),
        ]
    }

    /// These, with what `other` gives in their place.
    #[must_use]
    pub fn overridden(self, other: &PartialLimits) -> Self {
        Self {
            throughput_decrease_percent: other.throughput_decrease_percent.unwrap_or(self.throughput_decrease_percent),
            throughput_call_increase_ns: other.throughput_call_increase_ns.or(self.throughput_call_increase_ns),
            latency_increase_percent: other.latency_increase_percent.unwrap_or(self.latency_increase_percent),
            latency_p95_increase_percent: other.latency_p95_increase_percent.or(self.latency_p95_increase_percent),
            latency_p99_increase_percent: other.latency_p99_increase_percent.or(self.latency_p99_increase_percent),
            latency_increase_ns: other.latency_increase_ns.or(self.latency_increase_ns),
            memory_increase_percent: other.memory_increase_percent.unwrap_or(self.memory_increase_percent),
            memory_increase_bytes: other.memory_increase_bytes.or(self.memory_increase_bytes),
            accuracy_decrease: other.accuracy_decrease.unwrap_or(self.accuracy_decrease),
            instructions_increase_percent: other
                .instructions_increase_percent
                .unwrap_or(self.instructions_increase_percent),
            instructions_increase_count: other.instructions_increase_count.or(self.instructions_increase_count),
        }
    }
}

impl PartialLimits {
    /// Whether none is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Thresholds {
    /// Passes limits in range, each critical one at least the warning one where both are given.
    /// Passes limits that are in their range, none of them critical before it is a warning.
    ///
    /// # Errors
    ///
    /// The first one that is not, as `critical.FIELD`.
    pub fn check(&self) -> Result<(), Invalid> {
        for (level, limits) in [("critical", &self.critical), ("warning", &self.warning)] {
            for (field, value, most) in limits.fields() {
                above_zero(&format!("{level}.{field}"), value)?;
                if let Some(value) = value.filter(|&value| value > most) {
                    let problem = format!("must be at most {most}, found {value}");
                    return Err(Invalid::new(format!("{level}.{field}"), problem));
                }
            }
        }
        for ((field, critical, _), (_, warning, _)) in self.critical.fields().into_iter().zip(self.warning.fields()) {
            if let (Some(critical), Some(warning)) = (critical, warning)
                && critical < warning
            {
                let problem = format!("must be at least the warning threshold of {warning}, found {critical}");
                return Err(Invalid::new(format!("critical.{field}"), problem));
            }
        }
        Ok(())
    }
}
