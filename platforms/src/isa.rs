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

use std::{fmt, str::FromStr};

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
    pub const ALL: [Self; 7] = [
        Self::Scalar,
        Self::Sse41,
        Self::Avx2,
        Self::Avx512,
        Self::Neon,
        Self::Dotprod,
        Self::I8mm,
    ];

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

    /// Whether CPUs of the architecture this program was built for can have it.
    #[must_use]
    pub const fn is_of_this_architecture(self) -> bool {
        match self {
            Self::Scalar => true,
            Self::Sse41 | Self::Avx2 | Self::Avx512 => cfg!(any(target_arch = "x86", target_arch = "x86_64")),
            Self::Neon | Self::Dotprod | Self::I8mm => cfg!(target_arch = "aarch64"),
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

    /// The same set without what lies above `cap`.
    #[must_use]
    pub fn capped(self, cap: IsaLevel) -> Self {
        self.iter().filter(|&level| level <= cap).collect()
    }
}

impl FromIterator<IsaLevel> for IsaSet {
    fn from_iter<I: IntoIterator<Item = IsaLevel>>(levels: I) -> Self {
        Self(
            levels
                .into_iter()
                .fold(Self::SCALAR.0, |bits, level| bits | level.bit()),
        )
    }
}

impl fmt::Debug for IsaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What this CPU can do, whatever [`CAP_VARIABLE`] says. A level counts only if all below it are there, so that a
/// variant may rely on the lower ones.
#[must_use]
pub fn detected() -> IsaSet {
    let ladder = ladder();
    ladder
        .into_iter()
        .take_while(|&(_, has)| has)
        .map(|(level, _)| level)
        .collect()
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
    let Some(value) = std::env::var_os(CAP_VARIABLE).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let level: IsaLevel = value.to_string_lossy().parse()?;
    if level.is_of_this_architecture() {
        Ok(Some(level))
    } else {
        Err(CapError::OtherArchitecture { level })
    }
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

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn ladder() -> [(IsaLevel, bool); 4] {
    use std::arch::is_x86_feature_detected as has;
    let avx512 = has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") && has!("avx512vnni");
    [
        (IsaLevel::Scalar, true),
        (IsaLevel::Sse41, has!("sse4.1")),
        (IsaLevel::Avx2, has!("avx2") && has!("fma") && has!("f16c")),
        (IsaLevel::Avx512, avx512),
    ]
}

#[cfg(target_arch = "aarch64")]
fn ladder() -> [(IsaLevel, bool); 4] {
    use std::arch::is_aarch64_feature_detected as has;
    [
        (IsaLevel::Scalar, true),
        (IsaLevel::Neon, has!("neon")),
        (IsaLevel::Dotprod, has!("dotprod")),
        (IsaLevel::I8mm, has!("i8mm")),
    ]
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn ladder() -> [(IsaLevel, bool); 1] {
    [(IsaLevel::Scalar, true)]
}
