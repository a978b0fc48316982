//! Advice: everything that may be wrong with the place where measuring happens, each with a remedy.

use std::fmt;

/// One thing that makes numbers worse than they could be.
#[derive(Clone, Debug, PartialEq)]
pub enum Advice {
    /// The process could not be kept on one CPU.
    NotPinned {
        /// What the operating system said.
        why: String,
    },
    /// The operating system keeps no process on a CPU.
    PinningUnknown,
    /// The CPU's governor may change its clock.
    Governor {
        /// Its name.
        name: String,
    },
    /// The CPU may run above its nominal clock for as long as it stays cool.
    Turbo,
    /// Neither governor nor turbo can be seen from here.
    FrequencyHidden,
    /// Addresses are chosen at random.
    Randomised,
    /// Operands lay on small pages.
    SmallPages {
        /// In how many launches.
        launches: usize,
        /// Of how many.
        all: usize,
    },
    /// The environment is of another size than in other launches.
    EnvironmentSize {
        /// Its size in bytes.
        bytes: usize,
    },
    /// A neighbour disturbs the core.
    Neighbour {
        /// The share of time in which it was quiet.
        quiet_share: f64,
    },
    /// Instructions are emulated.
    Emulated,
    /// `TIDEGAUGE_ISA` is set.
    Capped,
    /// The program was built from a changed source.
    Dirty,
    /// There is only one CPU, which the operating system needs as well.
    OneCpu,
    /// The platform is on no list.
    UnknownPlatform,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPinned { why } => {
                write!(f, "the process moves between CPUs ({why}); allow it one with taskset or the container's cpuset")
            }
            Self::PinningUnknown => write!(f, "this system keeps no process on a CPU; close other programs"),
            Self::Governor { name } => {
                write!(
                    f,
                    "the governor is {name} and changes the clock; as root: cpupower frequency-set -g performance"
                )
            }
            Self::Turbo => write!(
                f,
                "turbo is on and the clock depends on heat; as root, write 0 to /sys/devices/system/cpu/cpufreq/boost \
                 or 1 to /sys/devices/system/cpu/intel_pstate/no_turbo"
            ),
            Self::FrequencyHidden => {
                write!(f, "the CPU's clock cannot be seen from here; the probe's floor tells if it changed")
            }
            Self::Randomised => write!(
                f,
                "addresses differ from process to process; allow the system call personality(2), which containers may forbid"
            ),
            Self::SmallPages { launches, all } => write!(
                f,
                "operands lay on small pages in {launches} of {all} launches, wherever chance put them; as root, write \
                 madvise to /sys/kernel/mm/transparent_hugepage/enabled and 1 to /proc/sys/vm/compact_memory"
            ),
            Self::EnvironmentSize { bytes } => write!(
                f,
                "path and environment have {bytes} bytes, too many to fill up to the usual size; use a shorter path"
            ),
            Self::Neighbour { quiet_share } => write!(
                f,
                "something else uses this core: it was quiet {:.0} % of the time; stop other work, or measure longer",
                quiet_share * 100.0
            ),
            Self::Emulated => write!(f, "the CPU is emulated; timings mean nothing here, use a real one"),
            Self::Capped => write!(f, "TIDEGAUGE_ISA is set; unset it to measure what users get"),
            Self::Dirty => write!(f, "the program was built from a changed source; commit and build again"),
            Self::OneCpu => write!(f, "there is one CPU, shared with all else; use a machine with two"),
            Self::UnknownPlatform => {
                write!(f, "this platform is not in platforms.toml; add it there to measure on it")
            }
        }
    }
}
