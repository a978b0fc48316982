//! What was there before a session set the clock, in a file, so that a session that is killed leaves no trace for ever.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Notice, knob::Knob};
use crate::cache;

/// One value that a session changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    pub(super) knob: Knob,
    /// What was there.
    pub(super) was: String,
    /// What the session set it to.
    pub(super) set: String,
}

/// The file's contents.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// Since when the machine runs. When it starts anew, every value is the system's own again.
    boot: Option<String>,
    changes: Vec<Change>,
}

/// What a session that was killed had changed; nothing where none was, or where the machine has started anew since.
pub(super) fn left(path: &Path) -> Result<Vec<Change>, Notice> {
    let json = match fs::read(path) {
        Ok(json) => json,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Notice::Unreadable { path: path.to_owned(), why: error.to_string() }),
    };
    let kept: Kept = serde_json::from_slice(&json)
        .map_err(|error| Notice::Unreadable { path: path.to_owned(), why: error.to_string() })?;
    Ok(if kept.boot == boot() { kept.changes } else { Vec::new() })
}

/// Keeps what was changed; without any, the file goes.
pub(super) fn keep(path: &Path, changes: &[Change]) -> Result<(), String> {
    if changes.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.to_string()),
            _ => Ok(()),
        };
    }
    cache::keep(path, &Kept { boot: boot(), changes: changes.to_vec() })
}

/// A name of the time since the machine was started; `None` where the system has none.
fn boot() -> Option<String> {
    Some(fs::read_to_string(PathBuf::from("/proc/sys/kernel/random/boot_id")).ok()?.trim().to_owned())
}
