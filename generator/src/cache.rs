//! What is kept from one run to the next: small JSON files in the user's cache folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use schema::file;
use serde::Serialize;

/// Where the file of this name is kept; `None` where the user has no such folder.
#[must_use]
pub fn file(name: &str) -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    cache.is_absolute().then(|| cache.join("tidegauge").join(name))
}

/// Writes it, whole or not at all, and its folder where that is not there.
pub(crate) fn keep(path: &Path, kept: &impl Serialize) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("making the folder {}: {error}", folder.display()))?;
    }
    let json = serde_json::to_vec_pretty(kept).map_err(|error| error.to_string())?;
    file::write_bytes(path, &json).map_err(|error| error.to_string())
}
