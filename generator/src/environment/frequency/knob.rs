//! The files by which the clock is set, and what a session sets them to.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// One file by which the clock is set. What is kept names these and no path, so that nothing else is ever written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Knob {
    /// The governor of one CPU.
    Governor {
        /// The CPU.
        cpu: usize,
    },
    /// Intel's own switch, which turns turbo off with 1.
    NoTurbo,
    /// Everyone else's, which turns it off with 0.
    Boost,
}

impl Knob {
    /// Those that `folder` has for a session on `cpu`, each with its value.
    pub(super) fn visible(folder: &Path, cpu: usize) -> Vec<(Self, String)> {
        let read = |knob: Self| Some((knob, knob.read(folder).ok()?));
        // Where Intel's driver has its switch, the other one does nothing.
        let turbo = read(Self::NoTurbo).or_else(|| read(Self::Boost));
        read(Self::Governor { cpu }).into_iter().chain(turbo).collect()
    }

    /// Its file in the folder of the CPUs.
    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(match self {
            Self::Governor { cpu } => format!("cpu{cpu}/cpufreq/scaling_governor"),
            Self::NoTurbo => "intel_pstate/no_turbo".to_owned(),
            Self::Boost => "cpufreq/boost".to_owned(),
        })
    }

    /// What a session sets it to.
    pub(super) const fn wanted(self) -> &'static str {
        match self {
            Self::Governor { .. } => "performance",
            Self::NoTurbo => "1",
            Self::Boost => "0",
        }
    }

    /// The setting's name, and what is asked for, as a report has them.
    pub(super) const fn setting(self) -> (&'static str, &'static str) {
        match self {
            Self::Governor { .. } => ("governor", "performance"),
            Self::NoTurbo | Self::Boost => ("turbo", "off"),
        }
    }

    /// What a value of it means.
    pub(super) fn meaning(self, value: &str) -> String {
        match (self, value) {
            (Self::NoTurbo, "0") | (Self::Boost, "1") => "on".to_owned(),
            (Self::NoTurbo, "1") | (Self::Boost, "0") => "off".to_owned(),
            (_, value) => value.to_owned(),
        }
    }

    pub(super) fn read(self, folder: &Path) -> io::Result<String> {
        Ok(fs::read_to_string(self.path(folder))?.trim().to_owned())
    }

    /// Whether this process may write it, without doing so.
    pub(super) fn is_writable(self, folder: &Path) -> bool {
        OpenOptions::new().write(true).open(self.path(folder)).is_ok()
    }

    /// Sets it, and sees that it took the value: a driver may take it and do something else.
    pub(super) fn write(self, folder: &Path, value: &str) -> io::Result<()> {
        OpenOptions::new().write(true).truncate(true).open(self.path(folder))?.write_all(value.as_bytes())?;
        let found = self.read(folder)?;
        if found == value { Ok(()) } else { Err(io::Error::other(format!("it stays {found}"))) }
    }
}
