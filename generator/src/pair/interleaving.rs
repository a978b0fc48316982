//! Interleaving: two workers of two programs, each with the same case ready, take turns on one CPU.

use std::{fs::File, path::PathBuf, time::Duration};

use kernels::{Case, batch::Mode};

use super::turns::Turns;
use crate::{
    launch::{Conversation, LaunchError, Launcher},
    protocol::{Answer, Checksums, Finished, Prepared, Task},
    sampler::{self, ACCEPTED_WANTED, Plan, Samples},
};

/// Which of two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// What is expected.
    Baseline,
    /// What is judged.
    Candidate,
}

impl Side {
    /// Its name in a sentence.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Baseline => "the baseline",
            Self::Candidate => "the candidate",
        }
    }
}

/// One of the two programs, as it is measured.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a> {
    /// Starts its workers.
    pub(super) launcher: &'a Launcher,
    /// How it samples, slowdowns put in on purpose with it.
    pub(super) plan: Plan,
    /// What its operands and output must be.
    pub(super) checksums: &'a Checksums,
}

/// What is to be interleaved, and how.
#[derive(Clone, Debug)]
pub(super) struct Setup<'a> {
    /// The case.
    pub(super) case: &'a Case,
    /// The operands' seed.
    pub(super) seed: u64,
    /// Measuring time of each side.
    pub(super) time: Duration,
    /// The longest that one answer may take.
    pub(super) limit: Duration,
    /// Who begins, and chooses where the operands lie.
    pub(super) first: Side,
    /// Whether both lay their operands into the same memory.
    pub(super) share: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    /// Calls back to back.
    pub(super) independent: Turns,
    /// Calls that wait for each other; `None` where calls are so long that it makes no difference.
    pub(super) dependent: Option<Turns>,
    /// What the baseline's worker told at the end.
    pub(super) baseline: Finished,
    /// What the candidate's worker told at the end.
    pub(super) candidate: Finished,
    /// Whether the operands lay on large pages; `None` where the operating system does not tell.
    pub(super) large_pages: Option<bool>,
}

/// Why nothing came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InterleaveError {
    /// One side's worker did not do its task.
    Failed(Side, LaunchError),
    /// Both lay their operands otherwise, so that they cannot share memory.
    OtherLayout,
}

/// The shortest slice: long enough for dozens of samples, and a fraction of a neighbour's burst.
const SLICE: Duration = Duration::from_millis(1);

/// Samples that a slice has room for.
const SAMPLES_A_SLICE: f64 = 4.0;

/// How many times as long it may go on where the machine was not quiet.
const PATIENCE: u32 = 4;

/// Measures both sides in turns.
///
/// # Errors
///
/// When a worker did not do its task, or the two cannot share memory.
pub(super) fn interleave(
    baseline: &Subject<'_>,
    candidate: &Subject<'_>,
    setup: &Setup<'_>,
) -> Result<Outcome, InterleaveError> {
    let memory = if setup.share { Memory::new(setup.case) } else { None };
    let mut workers = Workers {
        baseline: Peer::start(Side::Baseline, baseline)?,
        candidate: Peer::start(Side::Candidate, candidate)?,
        setup,
    };
    let second = if setup.first == Side::Baseline { Side::Candidate } else { Side::Baseline };
    let first_ready = workers.peer(setup.first).prepare(setup, memory.as_ref(), None)?;
    let second_ready = workers.peer(second).prepare(setup, memory.as_ref(), Some(first_ready.place))?;
    // What is laid otherwise, or elsewhere, would be laid over the other's operands.
    let alike = first_ready.layout == second_ready.layout && first_ready.place == second_ready.place;
    if memory.is_some() && !alike {
        return Err(InterleaveError::OtherLayout);
    }
    let call_ns = first_ready.call_ns.max(second_ready.call_ns);
    let modes = first_ready.dependent.zip(second_ready.dependent);
    let time = if modes.is_some() { setup.time / 2 } else { setup.time };
    // Where calls are long, independent ones are timed like dependent ones: one at a time.
    let mode = if modes.is_some() { Mode::Independent } else { Mode::Dependent };
    let independent = first_ready.independent.max(second_ready.independent);
    let independent = workers.turns(mode, independent, call_ns, time)?;
    let dependent =
        modes.map(|(one, other)| workers.turns(Mode::Dependent, one.max(other), call_ns, time)).transpose()?;
    let large_pages = first_ready.large_pages.zip(second_ready.large_pages).map(|(one, other)| one && other);
    let (baseline, candidate) = (workers.baseline.finish(setup)?, workers.candidate.finish(setup)?);
    Ok(Outcome { independent, dependent, baseline, candidate, large_pages })
}

struct Workers<'a> {
    baseline: Peer<'a>,
    candidate: Peer<'a>,
    setup: &'a Setup<'a>,
}

impl<'a> Workers<'a> {
    fn peer(&mut self, side: Side) -> &mut Peer<'a> {
        match side {
            Side::Baseline => &mut self.baseline,
            Side::Candidate => &mut self.candidate,
        }
    }

    /// Turns of one mode: first, second, second, first, and so on, `time` for each side, and longer where too few of the
    /// samples count.
    fn turns(&mut self, mode: Mode, iterations: u64, call_ns: f64, time: Duration) -> Result<Turns, InterleaveError> {
        let slowdown = self.baseline.subject.plan.slowdown.max(self.candidate.subject.plan.slowdown);
        // The other side's number of calls need not be one of which this slowdown is a whole number.
        let iterations = iterations.next_multiple_of(sampler::whole_multiple(slowdown));
        let sample = Duration::from_secs_f64(call_ns * iterations as f64 * slowdown / 1e9);
        let slice = SLICE.max(sample.mul_f64(SAMPLES_A_SLICE));
        let rounds = u32::try_from(time.as_nanos() / slice.as_nanos()).unwrap_or(u32::MAX).max(2);
        // Who follows whom is turned about as often as not.
        let rounds = rounds.next_multiple_of(2);
        let mut turns = Turns::default();
        for round in 0..rounds.saturating_mul(PATIENCE) {
            if round >= rounds && round % 2 == 0 && turns.accepted() >= ACCEPTED_WANTED {
                break;
            }
            let baseline_first = (self.setup.first == Side::Baseline) == (round % 2 == 0);
            let order =
                if baseline_first { [Side::Baseline, Side::Candidate] } else { [Side::Candidate, Side::Baseline] };
            for side in order {
                let samples = self.peer(side).slice(mode, iterations, slice)?;
                match side {
                    Side::Baseline => turns.baseline.push(samples),
                    Side::Candidate => turns.candidate.push(samples),
                }
            }
        }
        Ok(turns)
    }
}

/// A worker of one side.
struct Peer<'a> {
    side: Side,
    subject: &'a Subject<'a>,
    worker: Conversation<'a>,
    limit: Duration,
}

impl<'a> Peer<'a> {
    fn start(side: Side, subject: &'a Subject<'a>) -> Result<Self, InterleaveError> {
        let worker = subject.launcher.converse().map_err(|error| InterleaveError::Failed(side, error))?;
        Ok(Self { side, subject, worker, limit: Duration::ZERO })
    }

    fn prepare(
        &mut self,
        setup: &Setup<'_>,
        memory: Option<&Memory>,
        place: Option<usize>,
    ) -> Result<Prepared, InterleaveError> {
        self.limit = setup.limit;
        let task = Task::Prepare {
            case: setup.case.to_string(),
            seed: setup.seed,
            plan: self.subject.plan,
            checksums: self.subject.checksums.clone(),
            memory: memory.map(Memory::path),
            place,
        };
        let prepared = self.ask(task, |answer| match answer {
            Answer::Prepared(prepared) => Some(prepared),
            _ => None,
        });
        match prepared {
            // A program that needs more room than this one says so; whatever else it refuses, it refuses again alone.
            Err(InterleaveError::Failed(_, LaunchError::Refused(_))) if memory.is_some() => {
                Err(InterleaveError::OtherLayout)
            }
            prepared => prepared,
        }
    }

    fn slice(&mut self, mode: Mode, iterations: u64, duration: Duration) -> Result<Samples, InterleaveError> {
        self.ask(Task::Slice { mode, iterations, duration }, |answer| match answer {
            Answer::Sliced(samples) => Some(samples),
            _ => None,
        })
    }

    /// Lets it go, where it still computes what it did when it was verified.
    fn finish(&mut self, setup: &Setup<'_>) -> Result<Finished, InterleaveError> {
        let finished = self.ask(Task::Finish, |answer| match answer {
            Answer::Finished(finished) => Some(finished),
            _ => None,
        })?;
        if finished.checksums == *self.subject.checksums {
            return Ok(finished);
        }
        let reason = format!(
            "the output of {} changed while it was measured: {:?} before, {:?} after",
            setup.case, self.subject.checksums, finished.checksums
        );
        Err(InterleaveError::Failed(self.side, LaunchError::Refused(reason)))
    }

    fn ask<T>(&mut self, task: Task, pick: impl Fn(Answer) -> Option<T>) -> Result<T, InterleaveError> {
        let side = self.side;
        let answers = self.worker.ask(task, self.limit).map_err(|error| InterleaveError::Failed(side, error))?;
        let missing = || InterleaveError::Failed(side, LaunchError::Garbled("no answer to its task".to_owned()));
        answers.into_iter().find_map(pick).ok_or_else(missing)
    }
}

/// Memory without a name, which both workers lay their operands into: then both run in the same physical pages, and what
/// chance gave to one it gave to the other.
struct Memory(File);

impl Memory {
    #[cfg(target_os = "linux")]
    fn new(case: &Case) -> Option<Self> {
        crate::memory::Arena::file(case.layout().arena_bytes()).ok().map(Self)
    }

    #[cfg(not(target_os = "linux"))]
    fn new(_case: &Case) -> Option<Self> {
        None
    }

    /// Where another process of the same user finds it, as long as this one lives.
    fn path(&self) -> PathBuf {
        use std::os::fd::AsRawFd;
        PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd()))
    }
}
