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

use std::{fs::File, io, path::Path};

use ::schema::exit::Exit;
use anyhow::Context;
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

/// The folder that a file lies in.
pub(crate) fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Keeps others of us from writing a file of baselines until the answer goes: each would write it without what the other
/// adds.
pub(crate) fn lock(baselines: &Path) -> anyhow::Result<File> {
    let folder = folder(baselines);
    let lock = File::open(folder).with_context(|| format!("opening the folder {}", folder.display()))?;
    lock.lock().with_context(|| format!("locking the folder {}", folder.display()))?;
    Ok(lock)
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
    /// All that this CPU can run, with the shapes that are otherwise only verified: for --filter.
    All,
}

impl Profile {
    /// The registry's; `None` for all that this CPU can run.
    pub(crate) const fn of_registry(self) -> Option<kernels::kernel::Profile> {
        match self {
            Self::Smoke => Some(kernels::kernel::Profile::Smoke),
            Self::Quick => Some(kernels::kernel::Profile::Quick),
            Self::Nightly => Some(kernels::kernel::Profile::Nightly),
            Self::All => None,
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
