//! One case of a run: its status, its numbers, its launches.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Invalid, above_zero, at_least_one, at_least_zero, share};

/// What became of one case, and what was measured of it. A number that was not measured is `null`, and its reason
/// stands in `unmeasured` under the field's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseRow {
    /// What became of it.
    pub status: Status,
    /// Why, where it was not measured.
    pub reason: Option<String>,
    /// What bounds a call.
    pub bound: Option<Bound>,
    /// What one call does; `null` for imported cases.
    pub work: Option<Work>,
    /// Sustained: independent calls, back to back.
    pub throughput: Throughput,
    /// Of one call at a time, each waiting for the one before.
    pub latency: Latency,
    /// One entry a process, in the order in which they ran.
    pub launches: Vec<Launch>,
    /// The smallest change that this run could have seen, in percent: the half-width of the 95 % interval of the
    /// ratio of two such runs.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub smallest_change_percent: Option<f64>,
    /// How sure this session alone is of its figures: the half-width of the 95 % interval of its throughput or of its
    /// latency, whichever is wider, in percent.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub interval_percent: Option<f64>,
    /// The largest resident memory of a launch, as the operating system counts it, in bytes.
    #[schemars(range(min = 1))]
    pub peak_memory_bytes: Option<u64>,
    /// Allocations while operands were prepared. The timed call makes none.
    pub allocations: Option<u64>,
    /// What they took, the memory under the operands with them, in bytes.
    pub allocated_bytes: Option<u64>,
    /// CPU time over wall time while measuring, in percent.
    #[schemars(range(min = 0))]
    pub cpu_percent: Option<f64>,
    /// The share of outputs that agree with the reference, from 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub accuracy: Option<f64>,
    /// Instructions of one call.
    pub instructions: Option<u64>,
    /// Of the output bytes where the contract is exact, else of the operands': 16 hexadecimal digits.
    pub checksum: Option<String>,
    /// Why a field is `null`: field, reason.
    pub unmeasured: BTreeMap<String, String>,
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Measured in every launch that was asked for.
    Measured,
    /// It disagreed with its reference, or its process died.
    Failed,
    /// It took longer than its limit.
    TimedOut,
    /// It was not run.
    Skipped,
}

/// What bounds a call; cases of one kind are noisy in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// How long one instruction waits for another.
    Latency,
    /// How many instructions begin in a cycle.
    Throughput,
    /// How fast operands come from memory.
    Memory,
}

/// What one call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Multiplications, additions and comparisons.
    pub flops: u64,
    /// Bytes of operands read and written, each once.
    pub bytes: u64,
    /// Elements of the largest operand.
    pub elements: u64,
    /// Tokens made; `null` where the kernel makes none.
    pub tokens: Option<u64>,
}

/// Work done in a second of independent calls, back to back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Throughput {
    /// The median over launches of each launch's median.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: Option<f64>,
    /// What it counts; `null` for imported cases that state none.
    pub unit: Option<ThroughputUnit>,
}

/// What a throughput counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThroughputUnit {
    /// Multiplications and additions; one multiply-accumulate is two.
    FlopsPerSecond,
    /// Bytes read and written.
    BytesPerSecond,
    /// Elements of the largest operand.
    ElementsPerSecond,
    /// Tokens.
    TokensPerSecond,
}

impl ThroughputUnit {
    /// Its short form for tables, behind an SI prefix: `flop/s`.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::FlopsPerSecond => "flop/s",
            Self::BytesPerSecond => "B/s",
            Self::ElementsPerSecond => "elem/s",
            Self::TokensPerSecond => "tok/s",
        }
    }
}

/// The time of one call, in nanoseconds, from accepted samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// The median over launches of each launch's median.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub p50_ns: Option<f64>,
    /// Of all accepted calls, where at least 500 were timed singly.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub p95_ns: Option<f64>,
    /// Of all accepted calls, where at least 5,000 were timed singly.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub p99_ns: Option<f64>,
    /// The mean of all accepted samples.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub mean_ns: Option<f64>,
    /// The least of all accepted samples.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub min_ns: Option<f64>,
}

/// What one process measured of the case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// Work a second, in the case's unit: the median of accepted samples; `null` where too few were accepted.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub throughput: Option<f64>,
    /// The median of accepted samples; `null` where too few were accepted.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub latency_p50_ns: Option<f64>,
    /// Samples taken, accepted or not; `null` for imported numbers that do not tell.
    pub samples: Option<u32>,
    /// The share of samples that no neighbour disturbed, as the probe saw it; `null` where there was no probe.
    #[schemars(range(min = 0, max = 1))]
    pub accepted_share: Option<f64>,
    /// Work a second over all samples, disturbed ones too.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub ungated_throughput: Option<f64>,
    /// The median latency over all samples, disturbed ones too.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub ungated_p50_ns: Option<f64>,
    /// Calls in one sample; `null` for imported numbers that do not tell, or whose samples have different ones.
    pub iterations_per_sample: Option<u64>,
    /// The largest resident memory of the process, in bytes.
    #[schemars(range(min = 1))]
    pub peak_memory_bytes: Option<u64>,
    /// CPU time over wall time while measuring, in percent.
    #[schemars(range(min = 0))]
    pub cpu_percent: Option<f64>,
    /// Time that the hypervisor gave to others on this CPU, in nanoseconds, as far as it tells.
    pub stolen_ns: Option<u64>,
    /// Times the process was taken off its CPU against its will.
    pub switches: Option<u64>,
}

impl CaseRow {
    /// A row without a number: what became of the case, and why.
    #[must_use]
    pub fn without_numbers(status: Status, reason: &str) -> Self {
        Self {
            status,
            reason: Some(reason.to_owned()),
            bound: None,
            work: None,
            throughput: Throughput { value: None, unit: None },
            latency: Latency::default(),
            launches: Vec::new(),
            smallest_change_percent: None,
            interval_percent: None,
            peak_memory_bytes: None,
            allocations: None,
            allocated_bytes: None,
            cpu_percent: None,
            accuracy: None,
            instructions: None,
            checksum: None,
            unmeasured: BTreeMap::new(),
        }
    }

    /// The fields that may be `null` in a measured row, and whether they are.
    fn nulls(&self) -> [(&'static str, bool); 15] {
        [
            ("throughput.value", self.throughput.value.is_none()),
            ("latency.p50_ns", self.latency.p50_ns.is_none()),
            ("latency.p95_ns", self.latency.p95_ns.is_none()),
            ("latency.p99_ns", self.latency.p99_ns.is_none()),
            ("latency.mean_ns", self.latency.mean_ns.is_none()),
            ("latency.min_ns", self.latency.min_ns.is_none()),
            ("smallest_change_percent", self.smallest_change_percent.is_none()),
            ("interval_percent", self.interval_percent.is_none()),
            ("peak_memory_bytes", self.peak_memory_bytes.is_none()),
            ("allocations", self.allocations.is_none()),
            ("allocated_bytes", self.allocated_bytes.is_none()),
            ("cpu_percent", self.cpu_percent.is_none()),
            ("accuracy", self.accuracy.is_none()),
            ("instructions", self.instructions.is_none()),
            ("checksum", self.checksum.is_none()),
        ]
    }

    /// Gives a reason to every field that is `null`: the field's own one of `reasons`, else `otherwise`.
    pub fn explain_nulls(&mut self, reasons: &BTreeMap<&str, String>, otherwise: &str) {
        for (field, is_null) in self.nulls() {
            if is_null {
                let reason = reasons.get(field).map_or(otherwise, String::as_str);
                self.unmeasured.entry(field.to_owned()).or_insert_with(|| reason.to_owned());
            }
        }
    }

    /// Version 1 had no field for these.
    pub(crate) fn upgrade_to_2(&mut self) {
        if self.status == Status::Measured {
            for field in ["interval_percent", "allocations", "allocated_bytes"] {
                self.unmeasured.entry(field.to_owned()).or_insert_with(|| "version 1 had no such field".to_owned());
            }
        }
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if self.status == Status::Measured {
            for (field, is_null) in self.nulls() {
                match (is_null, self.unmeasured.contains_key(field)) {
                    (true, false) => return Err(Invalid::new(field, "is null without a reason in `unmeasured`")),
                    (false, true) => return Err(Invalid::new(field, "is measured, and yet stands in `unmeasured`")),
                    _ => {}
                }
            }
        } else if self.reason.as_deref().is_none_or(str::is_empty) {
            return Err(Invalid::new("reason", "a case that was not measured must say why"));
        }
        above_zero("throughput.value", self.throughput.value)?;
        for (place, number) in [
            ("latency.p50_ns", self.latency.p50_ns),
            ("latency.p95_ns", self.latency.p95_ns),
            ("latency.p99_ns", self.latency.p99_ns),
            ("latency.mean_ns", self.latency.mean_ns),
            ("latency.min_ns", self.latency.min_ns),
        ] {
            above_zero(place, number)?;
        }
        above_zero("smallest_change_percent", self.smallest_change_percent)?;
        above_zero("interval_percent", self.interval_percent)?;
        at_least_zero("cpu_percent", self.cpu_percent)?;
        share("accuracy", self.accuracy)?;
        at_least_one("peak_memory_bytes", self.peak_memory_bytes)?;
        for (index, launch) in self.launches.iter().enumerate() {
            launch.check().map_err(|invalid| invalid.within(&format!("launches[{index}]")))?;
        }
        Ok(())
    }
}

impl Launch {
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        above_zero("throughput", self.throughput)?;
        above_zero("latency_p50_ns", self.latency_p50_ns)?;
        above_zero("ungated_throughput", self.ungated_throughput)?;
        above_zero("ungated_p50_ns", self.ungated_p50_ns)?;
        at_least_one("peak_memory_bytes", self.peak_memory_bytes)?;
        at_least_zero("cpu_percent", self.cpu_percent)?;
        share("accepted_share", self.accepted_share)
    }
}
