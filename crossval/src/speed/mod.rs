//! Speed: our kernels beside outside libraries, sample by sample in one process.
//!
//! Each kernel and shape is a row. Each launch of a row is a process of its own, on a core of its own and under the
//! generator's settings, since placement and the state of a process are a constant bias within it. In a launch every
//! contestant, ours and theirs, has the same operands in the same physical pages, and is held against the kernel's
//! reference before a sample of it counts; then they take turns, a sample each, in an order that changes with each round.
//!
//! | file | job |
//! |---|---|
//! | `protocol` | what a worker is asked and what it answers |
//! | `contestant` | who takes part |
//! | `stage` | the contestants laid into memory and checked |
//! | `rounds` | whose turn it is, which samples count, and when it is enough; pure |
//! | `worker` | the process of one launch |
//! | `session` | all rows, launch by launch |
//! | `ratio` | by which factor one contestant is faster than another, over all launches; pure |
//! | `row` | what all launches of a row come to, as the document states it |
//! | `table` | the same for people |
//! | `tokens` | what a token of text needs, for people |

pub mod contestant;
pub mod protocol;
pub mod ratio;
pub mod rounds;
mod row;
mod session;
mod stage;
pub mod table;
pub mod tokens;
mod worker;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use generator::{floor::Floor, launch::LaunchError};
use platforms::IsaSet;
use regex::Regex;
use schema::crossval::{MachineLimit, SpeedRow};

pub use self::{session::compare, worker::serve};

/// What is to be compared.
#[derive(Clone, Debug)]
pub struct Request {
    /// The ISA levels of ours that take part.
    pub isas: IsaSet,
    /// Only rows of which a case's id matches.
    pub filter: Option<Regex>,
    /// The ids of kernels that are not measured, since a variant of theirs is wrong.
    pub wrong: BTreeSet<String>,
    /// Processes a row, at least 1; [`LAUNCHES`] as a rule.
    pub launches: u32,
    /// The longest that one process may take.
    pub launch_limit: Duration,
    /// The seed of operands and of the order of turns.
    pub seed: u64,
    /// The class of this machine, for the probe's floor; `None` under a cap.
    pub class: Option<String>,
}

/// Processes a row. With five, one that slipped is trimmed away, and the interval of a ratio that repeats to 1 % reaches
/// ±1.8 %.
pub const LAUNCHES: u32 = 5;

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The probe's floor, the clock's precision, and which settings held.
    pub floor: Floor,
    /// What this machine can do at most, by name.
    pub limits: BTreeMap<String, MachineLimit>,
    /// A row a kernel and shape, by `kernel/shape`.
    pub rows: BTreeMap<String, SpeedRow>,
    /// Rows of which nothing was measured, and why.
    pub unmeasured: BTreeMap<String, String>,
}

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No row was chosen.
    #[error("no case matches --filter {filter:?} on this CPU; `crossval list` names them")]
    NothingChosen {
        /// The filter.
        filter: String,
    },
    /// The machine could not be calibrated.
    #[error("calibrating the probe: {0}")]
    NotCalibrated(LaunchError),
    /// A person ended the run.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// How the reason begins of a library that has the kernel and not the shape: nothing that people need to know.
const NOT_TAKEN: &str = "it takes no ";
