//! The verbs, a file each, and what several of them are asked for.

pub(crate) mod baseline;
pub(crate) mod doctor;
pub(crate) mod list;
pub(crate) mod measure;
pub(crate) mod merge;
pub(crate) mod pair;
mod program;
pub(crate) mod schema;
pub(crate) mod verify;

use std::io;

use ::schema::exit::Exit;
use clap::ValueEnum;
use generator::{environment, instructions::Counter, worker};
pub(crate) use generator::{
    place::{Clock, Place},
    progress::Shown,
    terminal::{Format, Interrupted, print, tell},
};

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
