//! The worker protocol: jobs on the worker's standard input, answers on its standard output, a JSON line each.
//!
//! The generator starts itself anew for every launch (`generator worker`), and starts other builds in the same way to
//! hold them side by side. Jobs and answers carry the protocol's version, so that a program of another version is refused
//! by name and not misunderstood. `PROTOCOL.md` beside this crate explains it for those who read along.

use std::{collections::BTreeMap, io::Write, path::PathBuf, time::Duration};

use kernels::batch::Mode;
use schema::context::{Git, Setting, Toolchain};
use serde::{Deserialize, Serialize};

use crate::{
    probe::Calibration,
    sampler::{Plan, Sampled, Samples},
};

/// The version of job and answers. A change that an earlier worker would misunderstand raises it.
///
/// | version | what it changed |
/// |---|---|
/// | 1 | the first: one job a process |
/// | 2 | a process takes jobs until its input ends; [`Task::Describe`], [`Task::Prepare`], [`Task::Slice`], [`Task::Finish`] and [`Task::Count`]; `Controlled` and `Measured` tell more |
pub const PROTOCOL: u32 = 2;

/// The oldest version that a generator of this one still speaks to a worker.
pub const PROTOCOL_OLDEST: u32 = 1;

/// What a worker is asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job<T = Task> {
    /// [`PROTOCOL`], or an earlier one that the worker speaks.
    pub protocol: u32,
    /// The CPU to stay on; `None` to go where the scheduler likes.
    pub cpu: Option<usize>,
    /// The task.
    pub task: T,
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
    /// Tell which code this is. Since version 2.
    Describe,
    /// Make a case ready to be sampled, a slice at a time, until `Finish`. Since version 2.
    Prepare {
        /// The case's id.
        case: String,
        /// The operands' seed.
        seed: u64,
        /// Against which floor, and how much slower on purpose.
        plan: Plan,
        /// What the operands and the output must be, as `Verify` found them.
        checksums: Checksums,
        /// A file to lay the operands into, which another worker shares: both then run in the same physical pages.
        memory: Option<PathBuf>,
        /// Where in its memory the operands shall lie, as the other worker chose; `None` to choose.
        place: Option<usize>,
    },
    /// Sample the prepared case for a while. Since version 2.
    Slice {
        /// How its calls depend on each other.
        mode: Mode,
        /// Calls in each sample, before a slowdown put in on purpose.
        iterations: u64,
        /// How long.
        duration: Duration,
    },
    /// Check what the prepared case's memory holds now, and let go of it. Since version 2.
    Finish,
    /// Count instructions: call the case so often, and nothing else, where a counter outside or inside can see it.
    /// Since version 2.
    Count {
        /// The case's id.
        case: String,
        /// The operands' seed.
        seed: u64,
        /// How many calls to count.
        calls: u64,
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
pub struct Line<A = Answer> {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The answer.
    pub answer: A,
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
        /// The same of every other control that was quiet, by name.
        #[serde(default)]
        others_step_ns: BTreeMap<String, f64>,
    },
    /// To [`Task::Describe`].
    Described(Described),
    /// To [`Task::Prepare`].
    Prepared(Prepared),
    /// To [`Task::Slice`].
    Sliced(Samples),
    /// To [`Task::Finish`].
    Finished(Finished),
    /// To [`Task::Count`].
    Counted {
        /// Instructions of all calls together, by the CPU's own counter; `None` where that is closed, or the counter
        /// is outside.
        instructions: Option<u64>,
        /// Why there is no number.
        why: Option<String>,
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
    /// The largest distance of an output from the reference, both finite; `None` where an earlier program did not tell.
    #[serde(default)]
    pub largest_error: Option<f64>,
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
    /// Allocations while the operands were prepared; `None` where nobody counted.
    #[serde(default)]
    pub allocations: Option<u64>,
    /// What they took, the memory under the operands with them, in bytes.
    #[serde(default)]
    pub allocated_bytes: Option<u64>,
    /// Nanoseconds a step of the controls that are measured in every launch, by name.
    #[serde(default)]
    pub controls_step_ns: BTreeMap<String, f64>,
}

/// Which code a program is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Described {
    /// Where it came from; `None` where it was not built in a git checkout.
    pub git: Option<Git>,
    /// What built it.
    pub toolchain: Toolchain,
}

/// A case that is ready to be sampled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepared {
    /// Calls that make a long enough sample, back to back.
    pub independent: u64,
    /// The same of calls that wait for each other; `None` where calls are so long that it makes no difference.
    pub dependent: Option<u64>,
    /// Nanoseconds of the fastest call while it warmed up.
    pub call_ns: f64,
    /// Where in its memory the operands lie.
    pub place: usize,
    /// How the operands lie: equal texts mean equal bytes at equal distances.
    pub layout: String,
    /// Whether the operands lie on large pages; `None` where the operating system does not tell.
    pub large_pages: Option<bool>,
}

/// What a worker tells of itself once it has sampled all slices of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finished {
    /// What operands and output hash to, after the last slice.
    pub checksums: Checksums,
    /// The largest resident memory of the process, in bytes.
    pub peak_memory_bytes: Option<u64>,
    /// Times the process was taken off its CPU against its will, in slices alone.
    pub switches: u64,
}

/// Writes one answer as a line.
///
/// # Errors
///
/// When nobody reads any more.
pub fn say(output: &mut impl Write, answer: Answer) -> std::io::Result<()> {
    say_in(PROTOCOL, output, answer)
}

/// Writes one answer of another protocol as a line, in that one's version.
///
/// # Errors
///
/// When nobody reads any more.
///
/// # Panics
///
/// When a map in the answer has keys other than text.
pub fn say_in(protocol: u32, output: &mut impl Write, answer: impl Serialize) -> std::io::Result<()> {
    let line = Line { protocol, answer };
    let mut json = serde_json::to_vec(&line).expect("an answer has only text for keys");
    json.push(b'\n');
    output.write_all(&json)?;
    output.flush()
}
