//! Which cases a run is about, how they are ordered, and which of them are slowed on purpose.

use kernels::{Case, kernel::Profile};
use platforms::IsaSet;
use regex::Regex;

use crate::checksum;

/// A slowdown put in on purpose, to see whether it is found.
#[derive(Clone, Debug)]
pub struct Slowdown {
    /// The pattern as it was given.
    pub pattern: String,
    /// The same, against whole case ids.
    pub cases: Regex,
    /// The factor of time, above 1.
    pub factor: f64,
}

/// Why there is nothing to measure.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// No case was chosen.
    #[error("no case matches --filter {filter:?} in this profile on this CPU; `generator list` names them")]
    NothingChosen {
        /// The filter.
        filter: String,
    },
    /// A slowdown is for a case that is not measured.
    #[error("--inject {pattern:?} matches no case of this run; `generator list` names them")]
    NothingSlowed {
        /// The pattern.
        pattern: String,
    },
}

/// The cases of a profile whose ids match, in the registry's order; `None` for all that this CPU can run.
pub fn selection(profile: Option<Profile>, filter: Option<&Regex>, isas: IsaSet) -> impl Iterator<Item = Case> {
    kernels::cases(isas).filter(move |case| {
        profile.is_none_or(|profile| is_in(case, profile))
            && filter.is_none_or(|filter| filter.is_match(&case.to_string()))
    })
}

/// The same, where there must be some, and one at least for each slowdown.
///
/// # Errors
///
/// When there is none.
pub fn choose(
    profile: Option<Profile>,
    filter: Option<&Regex>,
    isas: IsaSet,
    slowdowns: &[Slowdown],
) -> Result<Vec<Case>, SelectionError> {
    let cases: Vec<Case> = selection(profile, filter, isas).collect();
    if cases.is_empty() {
        let filter = filter.map(Regex::as_str).unwrap_or_default().to_owned();
        return Err(SelectionError::NothingChosen { filter });
    }
    let is_idle = |slowdown: &&Slowdown| !cases.iter().any(|case| slowdown.cases.is_match(&case.to_string()));
    match slowdowns.iter().find(is_idle) {
        Some(slowdown) => Err(SelectionError::NothingSlowed { pattern: slowdown.pattern.clone() }),
        None => Ok(cases),
    }
}

/// The factor of time by which a case is slowed on purpose: 1 where it is not.
#[must_use]
pub fn slowdown_of(slowdowns: &[Slowdown], case: &Case) -> f64 {
    let id = case.to_string();
    slowdowns.iter().rev().find(|slowdown| slowdown.cases.is_match(&id)).map_or(1.0, |slowdown| slowdown.factor)
}

/// A profile's name, as a report states it.
#[must_use]
pub const fn name(profile: Profile) -> &'static str {
    match profile {
        Profile::Smoke => "smoke",
        Profile::Quick => "quick",
        Profile::Nightly => "nightly",
    }
}

/// Whether the registry's row for the case's shape puts it into `profile`.
#[must_use]
pub fn is_in(case: &Case, profile: Profile) -> bool {
    let shape = case.shape().to_string();
    case.kernel().rows.iter().any(|row| row.shape == shape && row.is_in(profile, case.isa()))
}

/// A different order for each round, the same for the same seed: sorted by a hash. Indexes of `cases`.
#[must_use]
pub fn shuffled<'c>(cases: impl Iterator<Item = &'c Case>, seed: u64, round: u32) -> Vec<usize> {
    let mut order: Vec<(String, usize)> = cases
        .enumerate()
        .map(|(index, case)| (checksum::sha256([format!("{seed}/{round}/{case}").as_bytes()]), index))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}
