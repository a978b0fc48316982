//! `pair.json`: two programs measured side by side, in one session on one machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platforms::PlatformKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    SCHEMA_VERSION,
    case::{Bound, Launch, Status, ThroughputUnit, Work},
    context::Context,
    document::{Document, Invalid, Kind, above_zero, at_least_one, check_version, share},
    platform::Key,
    report::{CaseIds, Control, check_controls},
};

/// Two programs, interleaved, in one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
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
    /// How finely the two were interleaved.
    pub interleaved: Interleaved,
    /// What is expected: which code, under which settings.
    pub baseline: Context,
    /// What is judged.
    pub candidate: Context,
    /// The machine itself, measured by loops that no change of the code can move.
    pub controls: BTreeMap<String, Control>,
    /// The cases, by id.
    pub cases: BTreeMap<String, PairRow>,
}

/// How finely two programs were interleaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interleaved {
    /// Both waited in a process each, and took turns every few milliseconds.
    Slices,
    /// A launch of one, then two of the other, then one of the first.
    Launches,
}

/// One case of a pair. A number that was not measured is `null`, and its reason stands in `unmeasured` under the
/// field's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairRow {
    /// What became of it: `measured` where both sides were.
    pub status: Status,
    /// Why, where it was not measured.
    pub reason: Option<String>,
    /// What bounds a call.
    pub bound: Option<Bound>,
    /// What one call does.
    pub work: Option<Work>,
    /// What a throughput counts.
    pub unit: Option<ThroughputUnit>,
    /// What was found of the baseline.
    pub baseline: PairSide,
    /// What was found of the candidate.
    pub candidate: PairSide,
    /// Time of an independent call, back to back: candidate over baseline.
    pub throughput_time: Option<Ratio>,
    /// Time of one call at a time, each waiting for the one before: candidate over baseline.
    pub latency_p50_time: Option<Ratio>,
    /// Why a field is `null`: field, reason.
    pub unmeasured: BTreeMap<String, String>,
}

/// One program's part of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairSide {
    /// What became of this side: `skipped` where the program has no such case.
    pub status: Status,
    /// One entry a process, in the order in which they ran; entry 3 of both sides ran side by side.
    pub launches: Vec<Launch>,
    /// The largest resident memory of a launch, in bytes.
    #[schemars(range(min = 1))]
    pub peak_memory_bytes: Option<u64>,
    /// The share of outputs that agree with the reference, from 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub accuracy: Option<f64>,
    /// Instructions of one call.
    pub instructions: Option<u64>,
    /// Of the output bytes where the contract is exact, else of the operands': 16 hexadecimal digits.
    pub checksum: Option<String>,
}

/// By which factor two programs differ, each launch beside the other's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// The factor of each pair of launches in which both had enough undisturbed samples, in the order in which they ran.
    #[schemars(extend("items" = json!({ "type": "number", "exclusiveMinimum": 0 })))]
    pub launches: Vec<f64>,
    /// The factor: candidate over baseline, above 1 where the candidate takes more time.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: f64,
    /// Its 95 % interval; `null` of fewer than two pairs of launches.
    #[schemars(extend("items" = json!({ "type": "number", "exclusiveMinimum": 0 })))]
    pub interval: Option<[f64; 2]>,
}

impl Document for Pair {
    const KIND: Kind = Kind::Pair;

    fn check(&self) -> Result<(), Invalid> {
        check_version(self.schema_version)?;
        self.baseline.check(self.platform).map_err(|invalid| invalid.within("baseline"))?;
        self.candidate.check(self.platform).map_err(|invalid| invalid.within("candidate"))?;
        check_controls(&self.controls)?;
        self.cases.check_ids()?;
        for (id, row) in &self.cases {
            row.check().map_err(|invalid| invalid.within(&format!("cases.{id}")))?;
        }
        Ok(())
    }

    fn upgrade(&mut self) {
        self.schema_version = SCHEMA_VERSION;
    }
}

impl PairRow {
    /// A row without a number: what became of the case, and why.
    #[must_use]
    pub fn without_numbers(status: Status, reason: &str) -> Self {
        Self {
            status,
            reason: Some(reason.to_owned()),
            bound: None,
            work: None,
            unit: None,
            baseline: PairSide::without_numbers(status),
            candidate: PairSide::without_numbers(status),
            throughput_time: None,
            latency_p50_time: None,
            unmeasured: BTreeMap::new(),
        }
    }

    /// The fields that may be `null` in a measured row, and whether they are.
    fn nulls(&self) -> [(&'static str, bool); 8] {
        let (baseline, candidate) = (&self.baseline, &self.candidate);
        [
            ("throughput_time", self.throughput_time.is_none()),
            ("latency_p50_time", self.latency_p50_time.is_none()),
            ("peak_memory_bytes", baseline.peak_memory_bytes.is_none() || candidate.peak_memory_bytes.is_none()),
            ("accuracy", baseline.accuracy.is_none() || candidate.accuracy.is_none()),
            ("instructions", baseline.instructions.is_none() || candidate.instructions.is_none()),
            ("checksum", baseline.checksum.is_none() || candidate.checksum.is_none()),
            ("throughput_time.interval", has_no_interval(self.throughput_time.as_ref())),
            ("latency_p50_time.interval", has_no_interval(self.latency_p50_time.as_ref())),
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

    fn check(&self) -> Result<(), Invalid> {
        if self.status != Status::Measured && self.reason.as_deref().is_none_or(str::is_empty) {
            return Err(Invalid::new("reason", "a case that was not measured must say why"));
        }
        if self.status == Status::Measured {
            for (field, is_null) in self.nulls() {
                if is_null && !self.unmeasured.contains_key(field) {
                    return Err(Invalid::new(field, "is null without a reason in `unmeasured`"));
                }
            }
        }
        for (place, side) in [("baseline", &self.baseline), ("candidate", &self.candidate)] {
            side.check().map_err(|invalid| invalid.within(place))?;
        }
        for (place, ratio) in [("throughput_time", &self.throughput_time), ("latency_p50_time", &self.latency_p50_time)]
        {
            ratio.as_ref().map_or(Ok(()), Ratio::check).map_err(|invalid| invalid.within(place))?;
        }
        Ok(())
    }
}

fn has_no_interval(ratio: Option<&Ratio>) -> bool {
    ratio.is_some_and(|ratio| ratio.interval.is_none())
}

impl PairSide {
    const fn without_numbers(status: Status) -> Self {
        Self {
            status,
            launches: Vec::new(),
            peak_memory_bytes: None,
            accuracy: None,
            instructions: None,
            checksum: None,
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        at_least_one("peak_memory_bytes", self.peak_memory_bytes)?;
        share("accuracy", self.accuracy)?;
        for (index, launch) in self.launches.iter().enumerate() {
            launch.check().map_err(|invalid| invalid.within(&format!("launches[{index}]")))?;
        }
        Ok(())
    }
}

impl Ratio {
    fn check(&self) -> Result<(), Invalid> {
        above_zero("value", Some(self.value))?;
        for (index, &factor) in self.launches.iter().enumerate() {
            above_zero(&format!("launches[{index}]"), Some(factor))?;
        }
        if let Some([low, high]) = self.interval {
            above_zero("interval[0]", Some(low))?;
            above_zero("interval[1]", Some(high))?;
            if !(low <= self.value && self.value <= high) {
                let problem = format!("must go from low to high about {}, found {low} and {high}", self.value);
                return Err(Invalid::new("interval", problem));
            }
        }
        Ok(())
    }
}
