//! The tool watches itself: what it says where the truth is known. A program beside itself has no change, so that whatever is found
//! is false; the same program slowed on purpose has one, which must be found. Pure: no file, no clock.

use std::collections::{BTreeMap, BTreeSet};

use platforms::PlatformKey;
use schema::{
    SCHEMA_VERSION,
    comparison::{Comparison, Metric, Row, Verdict},
    pair::Pair,
    watch::{Slowed, Unchanged, Watch},
};

use crate::comparison::{CompareError, FailOn, Request, compare_pair};

/// Why two pairs make no watch.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// They were not measured as a watch must be.
    #[error("{0}")]
    NoWatch(String),
    /// One of them cannot be judged.
    #[error(transparent)]
    Compare(#[from] CompareError),
}

/// What was found of a program beside itself, `own`, and beside itself slowed on purpose, `slowed`; under the default thresholds,
/// so that the rates of all nights mean the same.
///
/// # Errors
///
/// When the two are not of one program beside itself, on one platform, the second one slowed by one factor.
pub fn watch(own: &Pair, slowed: &Pair) -> Result<Watch, WatchError> {
    let factor = check(own, slowed).map_err(WatchError::NoWatch)?;
    let unchanged = {
        let comparison = judged(own)?;
        let told = |verdicts: &[Verdict]| {
            let rows = speeds(&comparison).filter(|row| verdicts.contains(&row.verdict));
            rows.map(|row| format!("{} {}", row.case, row.metric.map_or("", Metric::name))).collect()
        };
        Unchanged {
            judged: speeds(&comparison).count() as u64,
            false_regressions: told(&[Verdict::Critical, Verdict::Warning]),
            false_improvements: told(&[Verdict::Improved]),
        }
    };
    let comparison = judged(slowed)?;
    let found: BTreeSet<&str> = speeds(&comparison)
        .filter(|row| matches!(row.verdict, Verdict::Critical | Verdict::Warning))
        .map(|row| row.case.as_str())
        .collect();
    let missed = slowed.cases.keys().filter(|case| !found.contains(case.as_str())).cloned().collect();
    Ok(Watch {
        schema_version: SCHEMA_VERSION,
        platform: own.platform,
        created: own.created,
        class: own.candidate.machine.class.clone(),
        commit: own.candidate.git.as_ref().map(|git| git.commit.clone()),
        unchanged,
        slowed: Slowed { percent: 100.0 * (factor - 1.0), cases: slowed.cases.len() as u64, missed },
    })
}

/// The factor by which every case of `slowed` was slowed.
fn check(own: &Pair, slowed: &Pair) -> Result<f64, String> {
    if own.platform != slowed.platform {
        return Err(format!(
            "the one pair is of {}, the other of {}; a watch is of one platform",
            own.platform, slowed.platform
        ));
    }
    let programs: BTreeSet<_> =
        [own, slowed].iter().flat_map(|pair| [&pair.baseline.program_sha256, &pair.candidate.program_sha256]).collect();
    if programs.len() != 1 || programs.contains(&None) {
        return Err(
            "a watch is of one program beside itself; pass the same one as --base and --candidate, twice".to_owned()
        );
    }
    if !(own.baseline.injected.is_empty() && own.candidate.injected.is_empty() && slowed.baseline.injected.is_empty()) {
        return Err("only the candidate of the second pair may be slowed on purpose".to_owned());
    }
    let injected: Vec<(&String, &f64)> = slowed.candidate.injected.iter().collect();
    match injected.as_slice() {
        [(pattern, factor)] if pattern.as_str() == EVERY_CASE && **factor > 1.0 => Ok(**factor),
        _ => Err(format!(
            "the second pair's candidate must have every case slowed by one factor: --inject '{EVERY_CASE}=1.10'"
        )),
    }
}

/// The pattern that slows every case.
const EVERY_CASE: &str = ".*";

fn judged(pair: &Pair) -> Result<Comparison, CompareError> {
    let request = Request {
        baseline_file: "the pair".to_owned(),
        candidate_file: "the pair".to_owned(),
        filter: None,
        fail_on: FailOn::Never,
        strict: false,
        now: pair.created,
        previous: None,
        history: Vec::new(),
    };
    compare_pair(pair, None, &request)
}

/// The rows of how fast cases are.
fn speeds(comparison: &Comparison) -> impl Iterator<Item = &Row> {
    comparison.rows.iter().filter(|row| matches!(row.metric, Some(Metric::Throughput | Metric::LatencyP50)))
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many it was of.
    pub of: u64,
    /// In how many.
    pub all: u64,
}

impl Rate {
    /// The share, from 0 to 1; `None` of none at all.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.all > 0).then(|| self.of as f64 / self.all as f64)
    }

    /// Its 95 % interval; `None` of none at all.
    #[must_use]
    pub fn interval(self) -> Option<[f64; 2]> {
        statistics::proportion::interval(self.of, self.all)
    }

    const fn and(self, of: u64, all: u64) -> Self {
        Self { of: self.of + of, all: self.all + all }
    }
}

/// What many watches found together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// How many watches there were.
    pub watches: u64,
    /// Regressions found where there were none, in metrics judged.
    pub false_regressions: Rate,
    /// Improvements found where there were none, in metrics judged.
    pub false_improvements: Rate,
    /// Slowed cases that were found, in cases slowed.
    pub found: Rate,
}

impl Rates {
    /// Of each platform.
    #[must_use]
    pub fn of(watches: &[Watch]) -> BTreeMap<PlatformKey, Self> {
        let mut rates: BTreeMap<PlatformKey, Self> = BTreeMap::new();
        for watch in watches {
            let Watch { unchanged, slowed, .. } = watch;
            let sum = rates.entry(watch.platform).or_default();
            sum.watches += 1;
            sum.false_regressions =
                sum.false_regressions.and(unchanged.false_regressions.len() as u64, unchanged.judged);
            sum.false_improvements =
                sum.false_improvements.and(unchanged.false_improvements.len() as u64, unchanged.judged);
            sum.found = sum.found.and(slowed.cases.saturating_sub(slowed.missed.len() as u64), slowed.cases);
        }
        rates
    }
}
