//! The worker protocol: one job on the worker's standard input, answers on its standard output, a JSON line each.
//!
//! The generator starts itself anew for every launch (`generator worker`). Job and answers carry the protocol's
//! version, so that a program of another version is refused by name and not misunderstood.

use std::{io::Write, time::Duration};

use schema::context::Setting;
use serde::{Deserialize, Serialize};

use crate::{
    probe::Calibration,
    sampler::{Plan, Sampled},
};

/// The version of job and answers. A change that an earlier worker would misunderstand raises it.
pub const PROTOCOL: u32 = 1;

/// What a worker is asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The CPU to stay on; `None` to go where the scheduler likes.
    pub cpu: Option<usize>,
    /// The task.
    pub task: Task,
}

/// One task of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Find the clock's precision and the probe's floor.
    Calibrate {
        /// How long to run the probe.
        duration: Duration,
    },
    /// Hold cases of one kernel and shape against their reference, which is computed once.
    Verify {
        /// The cases' ids.
        cases: Vec<String>,
        /// The operands' seed.
        seed: u64,
    },
    /// Run one case and sample it.
    Measure {
        /// The case's id.
        case: String,
        /// The operands' seed.
        seed: u64,
        /// How long, and against which floor.
        plan: Plan,
        /// What the operands and the output must be, as `Verify` found them.
        checksums: Checksums,
    },
    /// Measure the machine itself.
    Control {
        /// The probe's floor in nanoseconds.
        probe_floor_ns: f64,
    },
}

/// What the bytes of a case hash to: SHA-256, the first 16 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checksums {
    /// All inputs, one after the other.
    pub operands: String,
    /// The output of one call.
    pub output: String,
}

/// One line of a worker's output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The answer.
    pub answer: Answer,
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
    /// To [`Task::Verify`], once a case.
    Verified(Verified),
    /// To [`Task::Measure`].
    Measured(Measured),
    /// To [`Task::Control`]: nanoseconds a step, by control.
    Controlled {
        /// Nanoseconds of one step of the chain of multiplications; `None` where no sample was quiet.
        alu_step_ns: Option<f64>,
    },
    /// The task could not be done; no number of it exists.
    Refused {
        /// Why.
        reason: String,
    },
    /// Last of all. A worker whose output ends without it has died.
    Done,
}

/// How a case stands to its reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// The case's id.
    pub case: String,
    /// The share of outputs that agree, from 0 to 1.
    pub accuracy: f64,
    /// The worst output, in words, where one disagrees.
    pub disagreement: Option<String>,
    /// What went in and what came out.
    pub checksums: Checksums,
}

/// What one launch found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The samples.
    pub sampled: Sampled,
    /// Whether the operands lay on large pages; `None` where the operating system does not tell.
    pub large_pages: Option<bool>,
    /// The largest resident memory of the process, in bytes.
    pub peak_memory_bytes: Option<u64>,
    /// CPU time over wall time while sampling, in percent.
    pub cpu_percent: Option<f64>,
    /// Time that the hypervisor gave to others on this CPU while sampling, in nanoseconds, as far as it tells.
    pub stolen_ns: Option<u64>,
    /// Times the process was taken off its CPU against its will while sampling.
    pub switches: Option<u64>,
}

/// Writes one answer as a line.
///
/// # Errors
///
/// When nobody reads any more.
///
/// # Panics
///
/// Never: answers have only text for keys.
pub fn say(output: &mut impl Write, answer: Answer) -> std::io::Result<()> {
    let line = Line { protocol: PROTOCOL, answer };
    let mut json = serde_json::to_vec(&line).expect("an answer has only text for keys");
    json.push(b'\n');
    output.write_all(&json)?;
    output.flush()
}
