//! Exit codes, the same for all programs.

/// How a program ends. Where several apply, the first in this order does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A bug of ours.
    Bug,
    /// Wrong usage, unreadable input or unwritable output; never a verdict.
    Usage,
    /// A critical regression; a disagreement with the reference; a case that failed.
    Critical,
    /// It cannot be told: no baseline, a missing case, another machine class; inconclusive under `--strict`.
    CannotTell,
    /// GitHub did not take what it should have.
    NotDelivered,
    /// A warning, where warnings were asked to count.
    Warning,
    /// Nothing to act on.
    Nothing,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Bug => 70,
            Self::Usage => 2,
            Self::Critical => 1,
            Self::CannotTell => 4,
            Self::NotDelivered => 5,
            Self::Warning => 3,
            Self::Nothing => 0,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
