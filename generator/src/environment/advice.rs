//! Advice: everything that may be wrong with the place where measuring happens, each with a remedy.

use std::{fmt, path::PathBuf};

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
    /// The process has not the highest priority.
    Priority {
        /// The nice value it has, from -20, which goes first, to 19.
        nice: i32,
    },
    /// A limit keeps the process from locking its memory.
    LockLimit {
        /// The limit, `RLIMIT_MEMLOCK`.
        limit_bytes: u64,
    },
    /// The process could not lock its memory.
    NotLocked {
        /// What the operating system said.
        why: String,
    },
    /// The operating system locks no memory.
    LockingUnknown,
    /// The floating-point mode is another one, and stayed it.
    FloatingPoint {
        /// The register that holds it.
        found: u64,
    },
    /// The measured process has other threads.
    Threads {
        /// How many, with the first.
        count: usize,
    },
    /// The operating system does not tell how many threads a process has.
    ThreadsUnknown,
    /// Large pages are given to nobody.
    HugePages {
        /// The mode of transparent huge pages.
        mode: String,
    },
    /// The operating system has no transparent huge pages, or does not tell.
    HugePagesUnknown,
    /// The CPU's governor may change its clock.
    Governor {
        /// Its name.
        name: String,
    },
    /// The CPU may run above its nominal clock for as long as it stays cool.
    Turbo,
    /// Neither governor nor turbo can be seen from here.
    FrequencyHidden,
    /// The CPU's clock could be set, and is not.
    FrequencyNotHeld(NotHeld),
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
            Self::Priority { nice } => write!(
                f,
                "the process has nice value {nice}, so that others go first; run as root, or permit it with CAP_SYS_NICE or a \
                 `nice` limit of -20 in limits.conf"
            ),
            Self::LockLimit { limit_bytes } => write!(
                f,
                "memory is not locked, RLIMIT_MEMLOCK of {} KiB is in the way; as root, ulimit -l unlimited, or give the \
                 container CAP_IPC_LOCK",
                limit_bytes / 1024
            ),
            Self::NotLocked { why } => {
                write!(
                    f,
                    "memory is not locked ({why}); allow the system call mlockall(2), which containers may forbid"
                )
            }
            Self::LockingUnknown => {
                write!(
                    f,
                    "this system locks no memory of a whole process; leave memory free, so that it takes none away"
                )
            }
            Self::FloatingPoint { found } => write!(
                f,
                "the floating-point mode is {found:#x} and cannot be set right; results and speed differ, use another machine"
            ),
            Self::Threads { count } => write!(
                f,
                "the measured process has {count} threads; find out what starts them, such as a library that is preloaded"
            ),
            Self::ThreadsUnknown => {
                write!(
                    f,
                    "this system does not tell how many threads a process has; preload no library that starts some"
                )
            }
            Self::HugePages { mode } => write!(
                f,
                "transparent huge pages are set to {mode}, and operands lie on small pages; as root, write madvise to \
                 /sys/kernel/mm/transparent_hugepage/enabled"
            ),
            Self::HugePagesUnknown => {
                write!(
                    f,
                    "this system has no transparent huge pages, or does not tell; expect launches to differ by more"
                )
            }
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
            Self::FrequencyNotHeld(why) => why.fmt(f),
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

/// Why a session does not hold the CPU's clock, where it is permitted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotHeld {
    /// Another session does.
    Busy,
    /// Nobody could put it back if this session were killed.
    Unkept {
        /// What keeps it from being written down.
        why: String,
    },
    /// The clock's file did not take what it should.
    Refused {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        why: String,
    },
}

impl fmt::Display for NotHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => write!(
                f,
                "another session holds the CPU's clock and lets it go when it ends; measure one session at a time"
            ),
            Self::Unkept { why } => write!(
                f,
                "the CPU's clock is left as it is, since what was there cannot be kept ({why}); set HOME or XDG_CACHE_HOME to a \
                 folder that can be written"
            ),
            Self::Refused { path, why } => write!(
                f,
                "{} cannot be set ({why}); see which values its driver takes, or set the clock in the firmware",
                path.display()
            ),
        }
    }
}
