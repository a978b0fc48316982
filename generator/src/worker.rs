//! The worker: the process of one launch. It settles, takes jobs until its input ends, and answers each.
//!
//! | file | task |
//! |---|---|
//! | `verify` | hold cases against their reference |
//! | `measure` | run one case and sample it, in one go |
//! | `stay` | make a case ready and sample it a slice at a time, while another program takes turns |
//! | `count` | call a case so often that its instructions can be counted |
//! | `bed` | what they share: a case laid into memory, as the sampler's instrument |
//! | `file` | the file that a call begins with, where it loads one |

mod bed;
mod count;
mod file;
mod measure;
mod stay;
mod verify;

use std::io::{self, BufRead, Write};

use crate::{
    clock::{self, Clock},
    context, controls, environment, probe,
    protocol::{Answer, Described, Job, PROTOCOL, Task, say},
};

/// Reads jobs and answers them, until there are no more.
///
/// # Errors
///
/// When a job cannot be read, or nobody reads the answers.
pub fn serve(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut is_settled = false;
    while let Some(job) = next_job(input)? {
        match job {
            Ok(job) => {
                if !is_settled {
                    say(output, Answer::Settled { settings: environment::settle(job.cpu) })?;
                    is_settled = true;
                }
                work(&job, input, output)?;
            }
            Err(reason) => say(output, Answer::Refused { reason })?,
        }
        say(output, Answer::Done)?;
    }
    Ok(())
}

/// The next job; `None` where there are no more, and a reason where it is none that this program can do.
fn next_job(input: &mut impl BufRead) -> io::Result<Option<Result<Job, String>>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_str::<Job>(&line) {
        Ok(job) if job.protocol == PROTOCOL => Ok(job),
        Ok(Job { protocol, .. }) => Err(format!("the job is of protocol {protocol}, this program speaks {PROTOCOL}")),
        Err(error) => Err(format!("the job cannot be read: {error}")),
    }))
}

fn work(job: &Job, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let clock = Clock::start();
    let answer = match &job.task {
        Task::Calibrate { duration } => {
            let duration_ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
            let calibration = probe::calibrate(&clock, duration_ns);
            Answer::Calibrated { clock_precision_ns: clock::precision_ns(), calibration }
        }
        Task::Verify { cases, seed } => return verify::verify(cases, *seed, output),
        Task::Measure { case, seed, plan, checksums } => {
            match measure::measure(clock, case, *seed, plan, checksums, job.cpu) {
                Ok(measured) => Answer::Measured(measured),
                Err(reason) => Answer::Refused { reason },
            }
        }
        Task::Control { probe_floor_ns } => {
            let mut others_step_ns = controls::once_a_round(&clock, *probe_floor_ns);
            Answer::Controlled { alu_step_ns: others_step_ns.remove("alu"), others_step_ns }
        }
        Task::Describe => Answer::Described(Described { git: context::git(), toolchain: context::toolchain() }),
        Task::Prepare { case, seed, plan, checksums, memory, place } => {
            let order = stay::Order { case, seed: *seed, plan, checksums, memory: memory.as_deref(), place: *place };
            return stay::stay(clock, &order, input, output);
        }
        Task::Slice { .. } | Task::Finish => Answer::Refused { reason: "no case is prepared".to_owned() },
        Task::Count { case, seed, calls } => {
            count::count(case, *seed, *calls).unwrap_or_else(|reason| Answer::Refused { reason })
        }
    };
    say(output, answer)
}
