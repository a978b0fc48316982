//! The verbs, a file each, and what they share: where we are, and how they are asked.

pub(crate) mod baseline;
pub(crate) mod doctor;
pub(crate) mod list;
pub(crate) mod measure;
pub(crate) mod merge;
pub(crate) mod pair;
mod program;
pub(crate) mod schema;
pub(crate) mod verify;

use std::{
    io,
    path::{Path, PathBuf},
};

use ::schema::exit::Exit;
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use generator::{
    cache,
    environment::{
        self, Advice,
        frequency::{self, Frequency, Held},
    },
    instructions::Counter,
    launch::Launcher,
    protocol::PROTOCOL,
    terminal, worker,
};
pub(crate) use generator::{
    progress::Shown,
    terminal::{Interrupted, print, tell},
};
use platforms::{IsaLevel, IsaSet, PlatformKey, isa};

/// Does one job of a session.
pub(crate) fn worker() -> anyhow::Result<Exit> {
    environment::prepare();
    worker::serve(&mut io::stdin().lock(), &mut io::stdout().lock())?;
    Ok(Exit::Nothing)
}

/// Which cases, by the time there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// Does it run at all: seconds.
    Smoke,
    /// A person waits for it: under a minute.
    Quick,
    /// A cron job does.
    Nightly,
}

impl From<Profile> for kernels::kernel::Profile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Smoke => Self::Smoke,
            Profile::Quick => Self::Quick,
            Profile::Nightly => Self::Nightly,
        }
    }
}

/// Who counts instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Instructions {
    /// Nobody.
    Off,
    /// The CPU's own counter, where it is open: costs nothing.
    Perf,
    /// A simulated CPU, where valgrind is installed: exact, takes seconds a case, knows no AVX-512.
    Valgrind,
}

impl From<Instructions> for Counter {
    fn from(instructions: Instructions) -> Self {
        match instructions {
            Instructions::Off => Self::Off,
            Instructions::Perf => Self::Perf,
            Instructions::Valgrind => Self::Valgrind,
        }
    }
}

/// How a listing is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// An aligned table.
    Human,
    /// JSON.
    Json,
}

/// What a session may do with the CPU's clock: the same for every verb that measures.
#[derive(Clone, Debug, Args)]
pub(crate) struct Clock {
    /// Leave the CPU's governor and turbo as they are; otherwise they are set while measuring, where that is permitted,
    /// and put back
    #[arg(long)]
    keep_frequency: bool,
    /// The folder of the CPUs
    #[arg(long, value_name = "DIR", default_value = frequency::CPUS, hide = true)]
    cpus: PathBuf,
}

impl Clock {
    /// Holds the clock of the CPU that `place` measures on, until the answer goes.
    pub(crate) fn hold(&self, place: &Place) -> Held {
        let frequency =
            Frequency { folder: self.cpus.clone(), kept_in: cache::file(frequency::KEPT), cpu: place.launcher.cpu };
        let mut held = if self.keep_frequency { frequency.leave() } else { frequency.hold() };
        held.notices().iter().for_each(tell);
        held
    }
}

/// Where a verb runs: the platform, its ISA levels, and how workers are started.
pub(crate) struct Place {
    pub(crate) platform: PlatformKey,
    pub(crate) isas: IsaSet,
    pub(crate) cap: Option<IsaLevel>,
    pub(crate) launcher: Launcher,
}

impl Place {
    /// This host, which must be `asked` where that is given.
    pub(crate) fn here(asked: Option<PlatformKey>) -> anyhow::Result<Self> {
        let Some(platform) = PlatformKey::of_this_build() else { bail!("{}", Advice::UnknownPlatform) };
        if let Some(asked) = asked
            && asked != platform
        {
            bail!("--platform {asked}: this host is {platform}; run it there, or leave the option out");
        }
        let launcher = Launcher {
            program: program()?,
            protocol: PROTOCOL,
            variables: environment::of_platform(platform),
            cpu: environment::choose_cpu(),
            interrupted: terminal::interrupts()?,
        };
        Ok(Self { platform, isas: isa::available()?, cap: isa::cap()?, launcher })
    }
}

/// This program. On Linux by a name that stays the same wherever it lies, and stays this build when it is built anew.
fn program() -> anyhow::Result<PathBuf> {
    let linux = Path::new("/proc/self/exe");
    if linux.exists() { Ok(linux.to_owned()) } else { std::env::current_exe().context("finding this program") }
}
