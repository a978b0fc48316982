//! The platforms of the month. The launches were measured on one of them; on the others they stand for what might have
//! been measured there, inside this test alone.

use platforms::{IsaLevel, PlatformKey};

use crate::launches::Pool;

/// A platform of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    LinuxX86,
    LinuxArm,
    MacosArm,
}

impl Place {
    pub(crate) const ALL: [Self; 3] = [Self::LinuxX86, Self::LinuxArm, Self::MacosArm];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LinuxX86 => "linux-x86_64",
            Self::LinuxArm => "linux-aarch64",
            Self::MacosArm => "macos-aarch64",
        }
    }

    pub(crate) fn key(self) -> PlatformKey {
        self.name().parse().expect("it is one of the platforms")
    }

    /// What stands for the vectors of 256 bits that were measured.
    fn vector(self) -> IsaLevel {
        match self {
            Self::LinuxX86 => IsaLevel::Avx2,
            Self::LinuxArm | Self::MacosArm => IsaLevel::Neon,
        }
    }

    pub(crate) fn levels(self) -> Vec<IsaLevel> {
        vec![IsaLevel::Scalar, self.vector()]
    }

    /// The id here of a case that was measured.
    pub(crate) fn case(self, measured: &str) -> String {
        measured.replace("/avx2/", &format!("/{}/", self.vector()))
    }

    /// The id here of the variant with vectors, of `KERNEL SHAPE`.
    pub(crate) fn case_in_use(self, name: &str) -> String {
        name.replace(' ', &format!("/{}/", self.vector()))
    }

    /// The variant in use here, of a kernel that used this one where it was measured.
    pub(crate) fn in_use(self, measured: IsaLevel) -> IsaLevel {
        if measured == IsaLevel::Scalar { measured } else { self.vector() }
    }

    /// The class of the machine of most nights.
    pub(crate) fn class(self, pool: &Pool) -> String {
        match self {
            Self::LinuxX86 => pool.class.clone(),
            Self::LinuxArm | Self::MacosArm => format!("{}.relabelled", self.name()),
        }
    }
}
