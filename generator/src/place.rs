//! Where a verb runs: the platform, its ISA levels, its clock, and how workers are started.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use platforms::{IsaLevel, IsaSet, PlatformKey, fingerprint, isa};

use crate::{
    cache,
    environment::{
        self, Advice,
        frequency::{self, Frequency, Held},
        runner,
    },
    launch::Launcher,
    protocol::PROTOCOL,
    terminal,
};

/// What a session may do with the CPU's clock: the same for every verb that measures.
#[derive(Clone, Debug, Args)]
pub struct Clock {
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
    pub fn hold(&self, place: &Place) -> Held {
        let frequency =
            Frequency { folder: self.cpus.clone(), kept_in: cache::file(frequency::KEPT), cpu: place.launcher.cpu };
        let mut held = if self.keep_frequency { frequency.leave() } else { frequency.hold() };
        held.notices().iter().for_each(terminal::tell);
        held
    }
}

/// Where a verb runs: the platform, its ISA levels, and how workers are started.
#[derive(Debug)]
pub struct Place {
    /// This host's.
    pub platform: PlatformKey,
    /// What its CPU has, as far as `TIDEGAUGE_ISA` allows.
    pub isas: IsaSet,
    /// What `TIDEGAUGE_ISA` allows, where it is set.
    pub cap: Option<IsaLevel>,
    /// Starts workers that are this program.
    pub launcher: Launcher,
}

impl Place {
    /// This host, which must be `asked` where that is given.
    ///
    /// # Errors
    ///
    /// When it is no platform of ours or another than `asked`, `TIDEGAUGE_ISA` names no level, or `TIDEGAUGE_RUNNER` is set and
    /// nothing emulates.
    pub fn here(asked: Option<PlatformKey>) -> anyhow::Result<Self> {
        let Some(platform) = PlatformKey::of_this_build() else { bail!("{}", Advice::UnknownPlatform) };
        if let Some(asked) = asked
            && asked != platform
        {
            bail!("--platform {asked}: this host is {platform}; run it there, or leave the option out");
        }
        let mut variables = environment::of_platform(platform);
        let runner = runner::runner(fingerprint().emulated, &mut variables)?;
        let launcher = Launcher {
            program: if runner.is_empty() { program()? } else { by_name()? },
            runner,
            protocol: PROTOCOL,
            variables,
            cpu: environment::choose_cpu(),
            interrupted: terminal::interrupts()?,
        };
        Ok(Self { platform, isas: isa::available()?, cap: isa::cap()?, launcher })
    }
}

/// This program. On Linux by a name that stays the same wherever it lies, and stays this build when it is built anew.
///
/// # Errors
///
/// Where the system does not tell.
pub fn program() -> anyhow::Result<PathBuf> {
    let linux = Path::new("/proc/self/exe");
    if linux.exists() { Ok(linux.to_owned()) } else { by_name() }
}

/// This program by its own name: what an emulator would take `/proc/self/exe` for is the emulator.
fn by_name() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("finding this program")
}
