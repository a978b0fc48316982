//! ISA levels: what a CPU can do, asked at run time. The only feature detection in the workspace.
//!
//! | level | needs | above it |
//! |---|---|---|
//! | `scalar` | the target's ABI floor | `sse41` on x86, `neon` on ARM |
//! | `sse41` | SSE4.1 | `avx2` |
//! | `avx2` | AVX2, FMA, F16C | `avx512` |
//! | `avx512` | AVX-512 F, BW, DQ, VL, VNNI | – |
//! | `neon` | Advanced SIMD | `dotprod` |
//! | `dotprod` | the dot product instructions | `i8mm` |
//! | `i8mm` | the 8-bit matrix product instructions | – |

use std::{ffi::OsStr, fmt, iter, str::FromStr};

use serde::{Deserialize, Serialize};

/// The environment variable that names the highest level to use, so that every level can be run on one host.
pub const CAP_VARIABLE: &str = "TIDEGAUGE_ISA";

/// One step of what a CPU can do. Ordered from least to most within an architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IsaLevel {
    /// What every CPU of the target has; the compiler may vectorise as far as that goes.
    Scalar,
    /// x86 SSE4.1.
    Sse41,
    /// x86 AVX2 with FMA and F16C.
    Avx2,
    /// x86 AVX-512 F, BW, DQ, VL and VNNI.
    Avx512,
    /// ARM Advanced SIMD.
    Neon,
    /// ARM `SDOT`/`UDOT`.
    Dotprod,
    /// ARM `SMMLA`/`USMMLA`.
    I8mm,
}

impl IsaLevel {
    /// Every level of every architecture, in order.
    pub const ALL: [Self; 7] =
        [Self::Scalar, Self::Sse41, Self::Avx2, Self::Avx512, Self::Neon, Self::Dotprod, Self::I8mm];

    /// Its name, as it stands in case ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Sse41 => "sse41",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
            Self::Dotprod => "dotprod",
            Self::I8mm => "i8mm",
        }
    }

    /// The level that the next lower one is, `None` for `scalar`.
    #[must_use]
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::Scalar => None,
            Self::Sse41 | Self::Neon => Some(Self::Scalar),
            Self::Avx2 => Some(Self::Sse41),
            Self::Avx512 => Some(Self::Avx2),
            Self::Dotprod => Some(Self::Neon),
            Self::I8mm => Some(Self::Dotprod),
        }
    }

    /// The level and all below it.
    #[must_use]
    pub fn with_those_below(self) -> IsaSet {
        iter::successors(Some(self), |level| level.below()).collect()
    }

    /// Whether CPUs of the architecture this program was built for can have it.
    #[must_use]
    pub const fn is_of_this_architecture(self) -> bool {
        match self {
            Self::Scalar => true,
            Self::Sse41 | Self::Avx2 | Self::Avx512 => cfg!(any(target_arch = "x86", target_arch = "x86_64")),
            Self::Neon | Self::Dotprod | Self::I8mm => cfg!(target_arch = "aarch64"),
        }
    }

    /// The features, by rustc's names, that a CPU must have for it beside those of the levels below.
    #[must_use]
    pub const fn features(self) -> &'static [&'static str] {
        match self {
            Self::Scalar => &[],
            Self::Sse41 => &["sse4.1"],
            Self::Avx2 => &["avx2", "fma", "f16c"],
            Self::Avx512 => &["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni"],
            Self::Neon => &["neon"],
            Self::Dotprod => &["dotprod"],
            Self::I8mm => &["i8mm"],
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for IsaLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for IsaLevel {
    type Err = UnknownIsaLevel;

    fn from_str(name: &str) -> Result<Self, UnknownIsaLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == name)
            .ok_or_else(|| UnknownIsaLevel { name: name.to_owned() })
    }
}

/// A name that is no ISA level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown ISA level {name:?}; the levels are scalar, sse41, avx2, avx512, neon, dotprod, i8mm")]
pub struct UnknownIsaLevel {
    name: String,
}

/// A set of ISA levels.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IsaSet(u8);

impl IsaSet {
    /// Only `scalar`, which every set contains.
    pub const SCALAR: Self = Self(IsaLevel::Scalar.bit());

    /// Whether `level` is in the set.
    #[must_use]
    pub const fn contains(self, level: IsaLevel) -> bool {
        self.0 & level.bit() != 0
    }

    /// Its levels, least first.
    pub fn iter(self) -> impl Iterator<Item = IsaLevel> {
        IsaLevel::ALL.into_iter().filter(move |&level| self.contains(level))
    }

    /// Its highest level.
    #[must_use]
    pub fn highest(self) -> IsaLevel {
        self.iter().last().unwrap_or(IsaLevel::Scalar)
    }

    /// The same set without what lies above `cap`.
    #[must_use]
    pub fn capped(self, cap: IsaLevel) -> Self {
        self.iter().filter(|&level| level <= cap).collect()
    }
}

impl FromIterator<IsaLevel> for IsaSet {
    fn from_iter<I: IntoIterator<Item = IsaLevel>>(levels: I) -> Self {
        Self(levels.into_iter().fold(Self::SCALAR.0, |bits, level| bits | level.bit()))
    }
}

impl fmt::Debug for IsaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What this CPU can do, whatever [`CAP_VARIABLE`] says.
#[must_use]
pub fn detected() -> IsaSet {
    // What is not asked for is not there; a test sees that every level's features are.
    of_features(|feature| cpu_has(feature) == Some(true))
}

/// What a CPU of this architecture can do of which `has` tells the features, by rustc's names. A level counts only if all
/// below it are there, so that a variant may rely on the lower ones.
#[must_use]
pub fn of_features(has: impl Fn(&str) -> bool) -> IsaSet {
    climbed(HIGHEST, has)
}

/// The highest level of this architecture.
const HIGHEST: IsaLevel = if IsaLevel::Avx512.is_of_this_architecture() {
    IsaLevel::Avx512
} else if IsaLevel::I8mm.is_of_this_architecture() {
    IsaLevel::I8mm
} else {
    IsaLevel::Scalar
};

/// The levels from `scalar` up to `highest`, as far as the CPU has the features of each.
fn climbed(highest: IsaLevel, has: impl Fn(&str) -> bool) -> IsaSet {
    let levels = highest.with_those_below();
    levels.iter().take_while(|level| level.features().iter().all(|feature| has(feature))).collect()
}

/// What this program may use on this CPU: [`detected`], capped by [`CAP_VARIABLE`].
///
/// # Errors
///
/// When the variable names no level, or one of another architecture.
pub fn available() -> Result<IsaSet, CapError> {
    Ok(match cap()? {
        Some(cap) => detected().capped(cap),
        None => detected(),
    })
}

/// The level that [`CAP_VARIABLE`] names, `None` where it is unset or empty.
///
/// # Errors
///
/// When the variable names no level, or one of another architecture.
pub fn cap() -> Result<Option<IsaLevel>, CapError> {
    std::env::var_os(CAP_VARIABLE).map_or(Ok(None), |value| cap_named(&value))
}

fn cap_named(value: &OsStr) -> Result<Option<IsaLevel>, CapError> {
    if value.is_empty() {
        return Ok(None);
    }
    let level: IsaLevel = value.to_string_lossy().parse()?;
    if level.is_of_this_architecture() { Ok(Some(level)) } else { Err(CapError::OtherArchitecture { level }) }
}

/// Why [`CAP_VARIABLE`] could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapError {
    /// It names no level.
    #[error("{CAP_VARIABLE}: {0}")]
    Unknown(#[from] UnknownIsaLevel),
    /// It names a level of another architecture.
    #[error(
        "{CAP_VARIABLE}: {level} is no level of {}; name one that `platforms detect` lists",
        std::env::consts::ARCH
    )]
    OtherArchitecture {
        /// The level it names.
        level: IsaLevel,
    },
}

/// Whether this CPU has the feature, and the system lets programs use it; `None` of one that no level asks for.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn cpu_has(feature: &str) -> Option<bool> {
    use std::arch::is_x86_feature_detected as has;
    // The macro takes nothing but a literal.
    Some(match feature {
        "sse4.1" => has!("sse4.1"),
        "avx2" => has!("avx2"),
        "fma" => has!("fma"),
        "f16c" => has!("f16c"),
        "avx512f" => has!("avx512f"),
        "avx512bw" => has!("avx512bw"),
        "avx512dq" => has!("avx512dq"),
        "avx512vl" => has!("avx512vl"),
        "avx512vnni" => has!("avx512vnni"),
        _ => return None,
    })
}

/// Whether this CPU has the feature, and the system lets programs use it; `None` of one that no level asks for.
#[cfg(target_arch = "aarch64")]
fn cpu_has(feature: &str) -> Option<bool> {
    use std::arch::is_aarch64_feature_detected as has;
    // The macro takes nothing but a literal.
    Some(match feature {
        "neon" => has!("neon"),
        "dotprod" => has!("dotprod"),
        "i8mm" => has!("i8mm"),
        _ => return None,
    })
}

/// No level above `scalar` is of this architecture, and that asks for nothing.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn cpu_has(_feature: &str) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The levels of this architecture above `scalar`, and one of another's.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    const OURS: [IsaLevel; 3] = [IsaLevel::Sse41, IsaLevel::Avx2, IsaLevel::Avx512];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    const FOREIGN: IsaLevel = IsaLevel::Neon;
    #[cfg(target_arch = "aarch64")]
    const OURS: [IsaLevel; 3] = [IsaLevel::Neon, IsaLevel::Dotprod, IsaLevel::I8mm];
    #[cfg(target_arch = "aarch64")]
    const FOREIGN: IsaLevel = IsaLevel::Avx2;

    fn set(levels: impl IntoIterator<Item = IsaLevel>) -> IsaSet {
        levels.into_iter().collect()
    }

    #[test]
    fn every_level_parses_back_from_its_name() {
        for level in IsaLevel::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
    }

    #[test]
    fn a_level_is_written_as_json_by_its_name() {
        for level in IsaLevel::ALL {
            let json = toml::Value::try_from(level).expect("a level is a text");
            assert_eq!(json.as_str(), Some(level.name()));
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let message = "avx3".parse::<IsaLevel>().expect_err("no such level").to_string();
        for level in IsaLevel::ALL {
            assert!(message.contains(level.name()), "{message}");
        }
    }

    #[test]
    fn a_name_in_capitals_is_refused() {
        assert!("AVX2".parse::<IsaLevel>().is_err());
    }

    #[test]
    fn all_lists_the_levels_in_order() {
        assert!(IsaLevel::ALL.is_sorted());
    }

    #[test]
    fn a_level_stands_above_the_one_below_it() {
        for level in IsaLevel::ALL {
            assert!(level.below().is_none_or(|below| below < level), "{level}");
        }
    }

    #[test]
    fn every_level_rests_on_scalar() {
        for level in IsaLevel::ALL {
            assert!(level.with_those_below().contains(IsaLevel::Scalar), "{level}");
        }
    }

    #[test]
    fn avx512_rests_on_avx2_and_sse41() {
        let expected = [IsaLevel::Scalar, IsaLevel::Sse41, IsaLevel::Avx2, IsaLevel::Avx512];
        assert_eq!(IsaLevel::Avx512.with_those_below().iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn i8mm_rests_on_dotprod_and_neon() {
        let expected = [IsaLevel::Scalar, IsaLevel::Neon, IsaLevel::Dotprod, IsaLevel::I8mm];
        assert_eq!(IsaLevel::I8mm.with_those_below().iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_set_lists_its_levels_least_first() {
        let backwards = set(IsaLevel::ALL.into_iter().rev());
        assert_eq!(backwards.iter().collect::<Vec<_>>(), IsaLevel::ALL);
    }

    #[test]
    fn the_highest_level_of_a_set_is_its_last() {
        assert_eq!(IsaLevel::Avx2.with_those_below().highest(), IsaLevel::Avx2);
    }

    #[test]
    fn even_an_empty_set_has_scalar() {
        assert_eq!(set([]), IsaSet::SCALAR);
    }

    #[test]
    fn the_cpu_is_asked_for_every_feature_of_its_levels() {
        for feature in HIGHEST.with_those_below().iter().flat_map(IsaLevel::features) {
            assert!(cpu_has(feature).is_some(), "{feature}");
        }
    }

    #[test]
    fn a_feature_that_no_level_needs_is_not_asked_for() {
        assert_eq!(cpu_has("avx"), None);
    }

    #[test]
    fn no_feature_is_needed_by_two_levels() {
        let features = || IsaLevel::ALL.into_iter().flat_map(IsaLevel::features);
        assert_eq!(features().collect::<std::collections::BTreeSet<_>>().len(), features().count());
    }

    #[test]
    fn the_levels_of_this_architecture_are_a_ladder() {
        let ours = IsaLevel::ALL.into_iter().filter(|level| level.is_of_this_architecture());
        assert_eq!(set(ours), HIGHEST.with_those_below());
    }

    /// The level of a CPU with these features, in an architecture whose highest level is `highest`.
    fn level(highest: IsaLevel, features: &str) -> IsaLevel {
        climbed(highest, |feature| features.split(' ').any(|has| has == feature)).highest()
    }

    #[track_caller]
    fn check_x86(features: &str, expected: IsaLevel) {
        assert_eq!(level(IsaLevel::Avx512, features), expected, "{features}");
    }

    #[track_caller]
    fn check_arm(features: &str, expected: IsaLevel) {
        assert_eq!(level(IsaLevel::I8mm, features), expected, "{features}");
    }

    #[test]
    fn a_cpu_that_has_nothing_has_scalar() {
        check_x86("", IsaLevel::Scalar);
        check_arm("", IsaLevel::Scalar);
    }

    #[test]
    fn a_cpu_that_has_everything_has_the_highest_level() {
        check_x86("sse4.1 avx2 fma f16c avx512f avx512bw avx512dq avx512vl avx512vnni", IsaLevel::Avx512);
        check_arm("neon dotprod i8mm", IsaLevel::I8mm);
    }

    #[test]
    fn avx2_without_fma_or_without_f16c_is_sse41() {
        check_x86("sse4.1 avx2 f16c", IsaLevel::Sse41);
        check_x86("sse4.1 avx2 fma", IsaLevel::Sse41);
        check_x86("sse4.1 avx2 fma f16c", IsaLevel::Avx2);
    }

    #[test]
    fn fma_and_f16c_without_avx2_are_sse41() {
        check_x86("sse4.1 fma f16c", IsaLevel::Sse41);
    }

    #[test]
    fn avx512_that_lacks_one_of_its_five_is_avx2() {
        let five = IsaLevel::Avx512.features();
        for lacking in five {
            let others: Vec<&str> = five.iter().copied().filter(|feature| feature != lacking).collect();
            check_x86(&format!("sse4.1 avx2 fma f16c {}", others.join(" ")), IsaLevel::Avx2);
        }
    }

    #[test]
    fn avx512_over_a_gap_does_not_count() {
        check_x86("sse4.1 avx512f avx512bw avx512dq avx512vl avx512vnni", IsaLevel::Sse41);
        check_x86("avx2 fma f16c", IsaLevel::Scalar);
    }

    #[test]
    fn dotprod_without_i8mm_is_dotprod() {
        check_arm("neon dotprod", IsaLevel::Dotprod);
    }

    #[test]
    fn i8mm_without_dotprod_is_neon() {
        check_arm("neon i8mm", IsaLevel::Neon);
    }

    #[test]
    fn the_features_of_another_architecture_count_for_nothing() {
        check_x86("neon dotprod i8mm", IsaLevel::Scalar);
        check_arm("sse4.1 avx2 fma f16c", IsaLevel::Scalar);
    }

    #[test]
    fn what_this_cpu_has_is_a_ladder_without_gaps() {
        assert_eq!(detected(), detected().highest().with_those_below());
    }

    #[test]
    fn a_cap_takes_away_what_lies_above_it() {
        let [_, middle, highest] = OURS;
        assert_eq!(highest.with_those_below().capped(middle), middle.with_those_below());
    }

    #[test]
    fn a_cap_above_what_there_is_changes_nothing() {
        let [lowest, _, highest] = OURS;
        assert_eq!(lowest.with_those_below().capped(highest), lowest.with_those_below());
    }

    #[test]
    fn a_cap_of_scalar_leaves_scalar() {
        let [_, _, highest] = OURS;
        assert_eq!(highest.with_those_below().capped(IsaLevel::Scalar), IsaSet::SCALAR);
    }

    #[test]
    fn a_cap_is_read_by_its_name() {
        let [lowest, ..] = OURS;
        assert_eq!(cap_named(OsStr::new(lowest.name())), Ok(Some(lowest)));
    }

    #[test]
    fn an_empty_cap_is_none() {
        assert_eq!(cap_named(OsStr::new("")), Ok(None));
    }

    #[test]
    fn a_cap_of_another_architecture_is_refused() {
        assert_eq!(cap_named(OsStr::new(FOREIGN.name())), Err(CapError::OtherArchitecture { level: FOREIGN }));
    }

    #[test]
    fn a_cap_that_names_no_level_is_refused() {
        assert!(matches!(cap_named(OsStr::new("fast")), Err(CapError::Unknown(_))));
    }
}
