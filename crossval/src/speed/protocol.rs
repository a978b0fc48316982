//! What a worker is asked and what it answers: JSON lines, as the generator's worker protocol has them.

use std::{collections::BTreeMap, time::Duration};

use generator::{launch::Heard, probe::Calibration, sampler::Plan};
use schema::{context::Setting, crossval::MachineLimit};
use serde::{Deserialize, Serialize};

/// The version of job and answers. A change that an earlier worker would misunderstand raises it.
pub const PROTOCOL: u32 = 1;

/// One task of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Find the clock's precision and the probe's floor.
    Calibrate {
        /// How long to run the probe.
        duration: Duration,
    },
    /// Measure what this machine can do at most.
    Limits {
        /// The probe's floor in nanoseconds.
        probe_floor_ns: f64,
    },
    /// Let the contestants of a row take turns.
    Compare(Order),
}

/// A launch of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Our kernel's id.
    pub kernel: String,
    /// The shape.
    pub shape: String,
    /// The seed of operands and turns.
    pub seed: u64,
    /// Which launch of the row, from 0: the order of turns changes with it.
    pub launch: u32,
    /// How to sample, and against which floor.
    pub plan: Plan,
    /// Rounds of each pair in which both samples are accepted, that a launch goes on for up to its limit.
    pub rounds_needed: usize,
    /// The names of who takes part, the variant that the others are compared with first.
    pub contestants: Vec<String>,
    /// What an earlier launch found of an output, by contestant: the same bytes need no second check.
    pub checked: BTreeMap<String, Checked>,
}

impl Order {
    /// Tells that the code of a contestant is called from here on.
    #[must_use]
    pub fn begins(&self, contestant: usize) -> Answer {
        Answer::Begins { contestant: self.contestants[contestant].clone() }
    }
}

/// How the output of a contestant stands to the kernel's reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checked {
    /// What is called, where it is not ours.
    pub call: Option<String>,
    /// Of the output bytes, 16 hexadecimal digits.
    pub checksum: String,
    /// The largest distance as a share of the right value, over outputs whose right value is not 0 and finite; `None` where
    /// there are none.
    pub largest_relative_error: Option<f64>,
    /// What is outside our kernel's contract, in words; `None` where nothing is.
    pub disagreement: Option<String>,
    /// What is further off than a library is known to be, or for ours the same; who has something there is not timed.
    pub wrong: Option<String>,
}

/// What one launch measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timed {
    /// Who took turns, the first being who the others are compared with.
    pub contestants: Vec<String>,
    /// Calls in a sample of each.
    pub iterations: Vec<u64>,
    /// Nanoseconds of a call by round and contestant; `None` where each try was disturbed.
    pub rounds: Vec<Vec<Option<f64>>>,
    /// Samples that each contestant took or tried to take, whether or not they count.
    pub tries: Vec<u64>,
    /// Whether the operands lay on large pages; `None` where the operating system does not tell.
    pub large_pages: Option<bool>,
}

/// One answer of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// First of all: which settings held.
    Settled {
        /// One entry a setting.
        settings: Vec<Setting>,
    },
    /// To [`Task::Calibrate`].
    Calibrated {
        /// The clock's precision in nanoseconds.
        clock_precision_ns: f64,
        /// The probe's floor, and how quiet it was.
        calibration: Calibration,
    },
    /// To [`Task::Limits`].
    Limits(BTreeMap<String, MachineLimit>),
    /// To [`Task::Compare`]: a contestant's code is called from here on. Where nothing follows, it is who died.
    Begins {
        /// Its name.
        contestant: String,
    },
    /// To [`Task::Compare`]: a contestant does not take this shape.
    NotTaken {
        /// Its name.
        contestant: String,
        /// Why.
        reason: String,
    },
    /// To [`Task::Compare`]: a contestant's output was checked.
    Checked {
        /// Its name.
        contestant: String,
        /// How it stands.
        checked: Checked,
    },
    /// To [`Task::Compare`]: everyone's code was called and came back; from here on all take turns.
    Ready,
    /// To [`Task::Compare`]: all who may took their turns.
    Timed(Timed),
    /// The task could not be done; no number of it exists.
    Refused {
        /// Why.
        reason: String,
    },
    /// Last of all. A worker whose output ends without it has died.
    Done,
}

impl Answer {
    /// What it means to the conversation.
    #[must_use]
    pub fn heard(self) -> Heard<Self> {
        match self {
            Self::Done => Heard::Done,
            Self::Refused { reason } => Heard::Refused(reason),
            answer => Heard::Answer(answer),
        }
    }
}
