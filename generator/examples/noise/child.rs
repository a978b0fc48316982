//! A child: this program once more, pinned and settled as the generator's workers are, for one job.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, bail};
use generator::{environment, worker};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{alignment, calibration, hog, recording};

/// What a child is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Samples of a case between probes.
    Record(recording::Plan),
    /// Probes, and nothing else.
    Listen(calibration::Listen),
    /// A loop at many starts.
    Align(alignment::Plan),
    /// A hog's.
    Hog(hog::Kind),
}

/// One child.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    job: Job,
    /// Where it stays.
    pub(crate) cpu: Option<usize>,
    /// Whether its addresses are left to chance.
    pub(crate) random: bool,
    /// The size of its environment.
    pub(crate) environment_bytes: usize,
    /// The program; this one where none is named.
    pub(crate) program: PathBuf,
}

/// The size of environment of all children but those that ask about it.
const ENVIRONMENT_BYTES: usize = 1024;

impl Launch {
    /// A child settled like a worker of the generator.
    pub(crate) fn new(job: Job) -> Self {
        let program = "/proc/self/exe".into();
        Self { job, cpu: cpu(), random: false, environment_bytes: ENVIRONMENT_BYTES, program }
    }

    /// Starts it and waits for its answer.
    pub(crate) fn answer<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        let mut child = self.spawn(Stdio::piped())?;
        let mut json = Vec::new();
        child.stdout.take().context("a child has a standard output")?.read_to_end(&mut json)?;
        let status = child.wait()?;
        if !status.success() {
            bail!("a child did not do its job: {status}");
        }
        serde_json::from_slice(&json).context("reading a child's answer")
    }

    /// Starts it and gives it its job.
    pub(crate) fn spawn(&self, output: Stdio) -> anyhow::Result<Child> {
        let mut command = Command::new(&self.program);
        command.env_clear().env("FILL", "x".repeat(self.environment_bytes));
        command.arg("child").stdin(Stdio::piped()).stdout(output);
        if self.random {
            command.arg("--random");
        }
        let mut child = command.spawn().context("starting a child")?;
        let mut input = child.stdin.take().context("a child has a standard input")?;
        serde_json::to_writer(&mut input, &(self.cpu, &self.job))?;
        Ok(child)
    }
}

/// Does the job on standard input.
pub(crate) fn serve(random: bool) -> anyhow::Result<()> {
    if !random {
        environment::prepare();
    }
    let mut json = String::new();
    io::stdin().read_to_string(&mut json)?;
    let (cpu, job): (Option<usize>, Job) = serde_json::from_str(&json)?;
    let _ = environment::settle(cpu);
    let json = match job {
        Job::Record(plan) => serde_json::to_vec(&recording::record(&plan)?)?,
        Job::Listen(listen) => serde_json::to_vec(&calibration::listen(&listen))?,
        Job::Align(plan) => serde_json::to_vec(&alignment::measure(&plan)?)?,
        Job::Hog(kind) => {
            // Its parent may be killed too.
            environment::prepare();
            hog::work(kind)
        }
    };
    Ok(io::stdout().write_all(&json)?)
}

/// Does one job of the generator, so that its sessions can be studied with this program.
pub(crate) fn work() -> anyhow::Result<()> {
    environment::prepare();
    Ok(worker::serve(&mut io::stdin().lock(), &mut io::stdout().lock())?)
}

/// Keeps the experimenter itself off the CPU that it measures on.
pub(crate) fn stay_aside() {
    // Asked before it is narrowed down.
    let _ = cpu();
    let _ = environment::settle(other_cpu());
}

/// The CPU that is measured on: the generator's choice.
pub(crate) fn cpu() -> Option<usize> {
    static CPU: OnceLock<Option<usize>> = OnceLock::new();
    *CPU.get_or_init(environment::choose_cpu)
}

/// Another CPU: the first; the same where that is the one.
pub(crate) fn other_cpu() -> Option<usize> {
    cpu().map(|_| 0)
}
