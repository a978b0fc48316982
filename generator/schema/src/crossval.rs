//! `comparison-results.json`: how the kernels stand to independent references, to outside libraries and to the machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platforms::PlatformKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    SCHEMA_VERSION,
    case::ThroughputUnit,
    context::Context,
    document::{Document, Invalid, Kind, above_zero, at_least_zero, check_version, share},
    platform::Key,
};

/// One run of crossval on one platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crossval {
    /// The version of this format.
    #[schemars(range(min = 1, max = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// Where it ran.
    #[schemars(with = "Key")]
    pub platform: PlatformKey,
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created: Timestamp,
    /// Which code, on which machine, under which settings.
    pub context: Context,
    /// The outside libraries, by name, those that took no part too.
    pub libraries: BTreeMap<String, Library>,
    /// What this machine can do at most, by what is counted: `fma_peak`, `read_l2`.
    pub limits: BTreeMap<String, MachineLimit>,
    /// How each case stands to its C++ reference, by the case's id.
    pub agreement: BTreeMap<String, AgreementRow>,
    /// How fast each kernel is beside the libraries, by `kernel/shape`.
    pub speed: BTreeMap<String, SpeedRow>,
    /// What was not measured at all, and why: `limits`, `speed`, or a `kernel/shape`.
    pub unmeasured: BTreeMap<String, String>,
}

/// An outside library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Its version; `null` where it took no part.
    pub version: Option<String>,
    /// What of it is in use on this machine, as it tells itself; `null` where it does not tell.
    pub detail: Option<String>,
    /// Why it took no part; `null` where it did.
    pub reason: Option<String>,
}

/// Something that this machine can do at most, measured in the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MachineLimit {
    /// How much a second; `null` where too few samples were accepted.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: Option<f64>,
    /// Of what.
    pub unit: ThroughputUnit,
    /// Samples taken, accepted or not.
    pub samples: u64,
    /// The share of samples that no neighbour disturbed, as the probe saw it; `null` where there was no probe.
    #[schemars(range(min = 0, max = 1))]
    pub accepted_share: Option<f64>,
    /// Why a field is `null`: field, reason.
    pub unmeasured: BTreeMap<String, String>,
}

/// How one case stands to its C++ reference, over all inputs that were tried. A distance that there is none of is `null`, and
/// its reason stands in `unmeasured` under the field's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementRow {
    /// What became of it.
    pub status: AgreementStatus,
    /// Why, where it does not agree.
    pub reason: Option<String>,
    /// What it is held to.
    pub contract: AgreementContract,
    /// The inputs that were tried: `seeded`, and those made to be hard.
    pub inputs: Vec<String>,
    /// Outputs that were compared, of all inputs.
    pub outputs: u64,
    /// The largest distance from the right value, as a share of that value, over outputs that are not 0 and finite.
    #[schemars(range(min = 0))]
    pub largest_relative_error: Option<f64>,
    /// The largest number of `f32` values from the right one, rounded, to the one found: 0 for the same, 1 for neighbours.
    pub largest_ulp: Option<u64>,
    /// The largest distance from the right value, as a share of what the contract allows.
    #[schemars(range(min = 0))]
    pub largest_bound_share: Option<f64>,
    /// The output furthest outside the contract, of the first inputs on which one is; `null` where all are within it.
    pub worst: Option<WorstOutput>,
    /// Why a field is `null`: field, reason.
    pub unmeasured: BTreeMap<String, String>,
}

/// What became of a case beside its reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementStatus {
    /// Every output of all inputs is within the contract.
    Agrees,
    /// An output is not.
    Disagrees,
    /// There is nothing to compare: no reference, or a call that died.
    Failed,
}

/// How closely a case must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementContract {
    /// The same bytes, any NaN for any NaN.
    Exact,
    /// Each output within the bound that the kernel's contract states for these inputs.
    Tolerance,
}

/// An output outside the contract. Its values are text, since JSON has no infinity and no NaN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorstOutput {
    /// With which of the inputs.
    pub inputs: String,
    /// Which output, from 0.
    pub index: u64,
    /// What the variant wrote.
    pub got: String,
    /// What the C++ reference says.
    pub expected: String,
    /// How far they may be apart; `0e0` where the contract is exact.
    pub bound: String,
}

/// One kernel at one shape beside the libraries, all in one process, a sample of each in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeedRow {
    /// What a throughput counts.
    pub unit: ThroughputUnit,
    /// How much of it one call does.
    #[schemars(range(min = 1))]
    pub amount: u64,
    /// The variant of ours that the ratios are of: the one that a program would use here.
    pub ours: String,
    /// Who ran, by name: a variant of ours (`scalar`, `avx2`), or a library (`openblas`).
    pub contestants: BTreeMap<String, Contestant>,
    /// The library with the highest throughput; `null` where none takes part, or none has a number.
    pub best_peer: Option<String>,
    /// Ours over the best library's.
    pub ratio_to_best_peer: Option<SpeedRatio>,
    /// Ours over each other contestant's, by name; who is not there has its reason in `unmeasured` under `ratios.NAME`.
    pub ratios: BTreeMap<String, SpeedRatio>,
    /// Ours over what the machine can do at most.
    pub limit: Option<LimitRatio>,
    /// Variants of ours that are slower than `scalar`, as far as their intervals tell.
    pub slower_than_scalar: Vec<String>,
    /// Why a field is `null`, or a library takes no part: field or library, reason.
    pub unmeasured: BTreeMap<String, String>,
}

/// What was measured of one contestant. A number that was not measured is `null`, and its reason stands in `unmeasured`
/// under the field's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contestant {
    /// What is called, where it is not ours: `cblas_sgemm`.
    pub call: Option<String>,
    /// Work a second, of the median of accepted samples.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub throughput: Option<f64>,
    /// The median time of a call, of accepted samples.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub p50_ns: Option<f64>,
    /// The least time of a call, of accepted samples.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub min_ns: Option<f64>,
    /// Samples taken, accepted or not.
    pub samples: u64,
    /// The share of samples that no neighbour disturbed, as the probe saw it.
    #[schemars(range(min = 0, max = 1))]
    pub accepted_share: Option<f64>,
    /// The largest distance from the right value, as a share of that value, over outputs that are not 0 and finite.
    #[schemars(range(min = 0))]
    pub largest_error: Option<f64>,
    /// Which output is outside our kernel's contract, in words: a library has contracts of its own. `null` where none is.
    pub outside_contract: Option<String>,
    /// Why a field is `null`: field, reason.
    pub unmeasured: BTreeMap<String, String>,
}

/// By which factor one contestant is faster than another, each sample beside the other's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeedRatio {
    /// Throughput of ours over theirs: above 1 where ours is faster.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: f64,
    /// The lower end of its interval.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub lower: f64,
    /// The upper end of its interval.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub upper: f64,
    /// How sure the interval is, from 0 to 1: 0.95.
    #[schemars(range(min = 0, max = 1))]
    pub confidence: f64,
    /// Rounds in which samples of both were accepted.
    #[schemars(range(min = 1))]
    pub rounds: u64,
}

/// How near a kernel comes to what the machine can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitRatio {
    /// Which limit: `read_l2`.
    pub name: String,
    /// Throughput of ours over the limit's, in the limit's unit.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub ratio: f64,
}

impl Document for Crossval {
    const KIND: Kind = Kind::Crossval;

    fn check(&self) -> Result<(), Invalid> {
        check_version(self.schema_version)?;
        self.context.check(self.platform).map_err(|invalid| invalid.within("context"))?;
        for (name, library) in &self.libraries {
            library.check().map_err(|invalid| invalid.within(&format!("libraries.{name}")))?;
        }
        for (name, limit) in &self.limits {
            limit.check().map_err(|invalid| invalid.within(&format!("limits.{name}")))?;
        }
        for (case, row) in &self.agreement {
            row.check().map_err(|invalid| invalid.within(&format!("agreement.{case}")))?;
        }
        for (name, row) in &self.speed {
            row.check().map_err(|invalid| invalid.within(&format!("speed.{name}")))?;
            if let Some(limit) = &row.limit
                && !self.limits.contains_key(&limit.name)
            {
                let problem = format!("must name one of `limits`, found {:?}", limit.name);
                return Err(Invalid::new(format!("speed.{name}.limit.name"), problem));
            }
        }
        Ok(())
    }

    fn upgrade(&mut self) {
        self.schema_version = SCHEMA_VERSION;
    }
}

/// Passes where each `null` has a reason, and each number none.
fn check_nulls(fields: &[(&str, bool)], unmeasured: &BTreeMap<String, String>) -> Result<(), Invalid> {
    for &(field, is_null) in fields {
        match (is_null, unmeasured.contains_key(field)) {
            (true, false) => return Err(Invalid::new(field, "is null without a reason in `unmeasured`")),
            (false, true) => return Err(Invalid::new(field, "is measured, and yet stands in `unmeasured`")),
            _ => {}
        }
    }
    Ok(())
}

/// Gives a reason to every field that is `null`: the field's own one of `reasons`, else `otherwise`.
fn explain(
    fields: &[(&str, bool)],
    unmeasured: &mut BTreeMap<String, String>,
    reasons: &BTreeMap<&str, String>,
    otherwise: &str,
) {
    for &(field, _) in fields.iter().filter(|(_, is_null)| *is_null) {
        let reason = reasons.get(field).map_or(otherwise, String::as_str);
        unmeasured.entry(field.to_owned()).or_insert_with(|| reason.to_owned());
    }
}

impl Library {
    fn check(&self) -> Result<(), Invalid> {
        match (&self.version, &self.reason) {
            (None, None) => Err(Invalid::new("reason", "a library without a version must say why it took no part")),
            (Some(_), Some(_)) => Err(Invalid::new("reason", "a library with a version took part, and has no reason")),
            _ => Ok(()),
        }
    }
}

impl MachineLimit {
    fn nulls(&self) -> [(&'static str, bool); 2] {
        [("value", self.value.is_none()), ("accepted_share", self.accepted_share.is_none())]
    }

    /// Gives a reason to every field that is `null`: the field's own one of `reasons`, else `otherwise`.
    pub fn explain_nulls(&mut self, reasons: &BTreeMap<&str, String>, otherwise: &str) {
        explain(&self.nulls(), &mut self.unmeasured, reasons, otherwise);
    }

    fn check(&self) -> Result<(), Invalid> {
        check_nulls(&self.nulls(), &self.unmeasured)?;
        above_zero("value", self.value)?;
        share("accepted_share", self.accepted_share)
    }
}

impl AgreementRow {
    /// A row with nothing to compare, and why.
    #[must_use]
    pub fn failed(contract: AgreementContract, reason: &str) -> Self {
        let mut row = Self {
            status: AgreementStatus::Failed,
            reason: Some(reason.to_owned()),
            contract,
            inputs: Vec::new(),
            outputs: 0,
            largest_relative_error: None,
            largest_ulp: None,
            largest_bound_share: None,
            worst: None,
            unmeasured: BTreeMap::new(),
        };
        row.explain_nulls(&BTreeMap::new(), reason);
        row
    }

    fn nulls(&self) -> [(&'static str, bool); 3] {
        [
            ("largest_relative_error", self.largest_relative_error.is_none()),
            ("largest_ulp", self.largest_ulp.is_none()),
            ("largest_bound_share", self.largest_bound_share.is_none()),
        ]
    }

    /// Gives a reason to every distance that is `null`: the field's own one of `reasons`, else `otherwise`.
    pub fn explain_nulls(&mut self, reasons: &BTreeMap<&str, String>, otherwise: &str) {
        explain(&self.nulls(), &mut self.unmeasured, reasons, otherwise);
    }

    fn check(&self) -> Result<(), Invalid> {
        check_nulls(&self.nulls(), &self.unmeasured)?;
        at_least_zero("largest_relative_error", self.largest_relative_error)?;
        at_least_zero("largest_bound_share", self.largest_bound_share)?;
        let agrees = self.status == AgreementStatus::Agrees;
        if !agrees && self.reason.as_deref().is_none_or(str::is_empty) {
            return Err(Invalid::new("reason", "a case that does not agree must say why"));
        }
        if self.worst.is_some() != (self.status == AgreementStatus::Disagrees) {
            return Err(Invalid::new("worst", "must be there where the case disagrees, and nowhere else"));
        }
        Ok(())
    }
}

impl SpeedRow {
    fn nulls(&self) -> [(&'static str, bool); 3] {
        [
            ("best_peer", self.best_peer.is_none()),
            ("ratio_to_best_peer", self.ratio_to_best_peer.is_none()),
            ("limit", self.limit.is_none()),
        ]
    }

    /// Gives a reason to every field that is `null`: the field's own one of `reasons`, else `otherwise`.
    pub fn explain_nulls(&mut self, reasons: &BTreeMap<&str, String>, otherwise: &str) {
        explain(&self.nulls(), &mut self.unmeasured, reasons, otherwise);
    }

    fn check(&self) -> Result<(), Invalid> {
        check_nulls(&self.nulls(), &self.unmeasured)?;
        if self.amount == 0 {
            return Err(Invalid::new("amount", "must be a whole number of at least 1, found 0"));
        }
        let named = [("ours", Some(&self.ours)), ("best_peer", self.best_peer.as_ref())].into_iter();
        let named = named.filter_map(|(place, name)| Some((place, name?)));
        let of_ratios = self.ratios.keys().map(|name| ("ratios", name));
        let of_variants = self.slower_than_scalar.iter().map(|name| ("slower_than_scalar", name));
        for (place, name) in named.chain(of_ratios).chain(of_variants) {
            if !self.contestants.contains_key(name) {
                return Err(Invalid::new(place, format!("must name one of `contestants`, found {name:?}")));
            }
        }
        for (name, contestant) in &self.contestants {
            contestant.check().map_err(|invalid| invalid.within(&format!("contestants.{name}")))?;
        }
        let best = self.ratio_to_best_peer.as_ref().map(|ratio| ("ratio_to_best_peer".to_owned(), ratio));
        let each = self.ratios.iter().map(|(name, ratio)| (format!("ratios.{name}"), ratio));
        for (place, ratio) in best.into_iter().chain(each) {
            ratio.check().map_err(|invalid| invalid.within(&place))?;
        }
        above_zero("limit.ratio", self.limit.as_ref().map(|limit| limit.ratio))
    }
}

impl Contestant {
    fn nulls(&self) -> [(&'static str, bool); 5] {
        [
            ("throughput", self.throughput.is_none()),
            ("p50_ns", self.p50_ns.is_none()),
            ("min_ns", self.min_ns.is_none()),
            ("accepted_share", self.accepted_share.is_none()),
            ("largest_error", self.largest_error.is_none()),
        ]
    }

    /// Gives a reason to every field that is `null`: the field's own one of `reasons`, else `otherwise`.
    pub fn explain_nulls(&mut self, reasons: &BTreeMap<&str, String>, otherwise: &str) {
        explain(&self.nulls(), &mut self.unmeasured, reasons, otherwise);
    }

    fn check(&self) -> Result<(), Invalid> {
        check_nulls(&self.nulls(), &self.unmeasured)?;
        for (place, number) in [("throughput", self.throughput), ("p50_ns", self.p50_ns), ("min_ns", self.min_ns)] {
            above_zero(place, number)?;
        }
        share("accepted_share", self.accepted_share)?;
        at_least_zero("largest_error", self.largest_error)
    }
}

impl SpeedRatio {
    fn check(&self) -> Result<(), Invalid> {
        for (place, number) in [("value", self.value), ("lower", self.lower), ("upper", self.upper)] {
            above_zero(place, Some(number))?;
        }
        if !(self.lower <= self.value && self.value <= self.upper) {
            let problem = format!(
                "must lie in its interval, from low to high, found {} in {} to {}",
                self.value, self.lower, self.upper
            );
            return Err(Invalid::new("value", problem));
        }
        if self.rounds == 0 {
            return Err(Invalid::new("rounds", "must be a whole number of at least 1, found 0"));
        }
        share("confidence", Some(self.confidence))
    }
}
