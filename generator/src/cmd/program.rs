//! This program as a file: kept beside a baseline, so that later ones can be measured side by side with it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use generator::{context, place};

/// Keeps a copy of this program in `folder`, under the hash that reports state of it. Returns its path.
///
/// The same program is the same file: kept twice, it is there once.
pub(super) fn keep(folder: &Path) -> anyhow::Result<PathBuf> {
    let program = place::program()?;
    let sha256 = context::program_sha256(&program).context("reading this program")?;
    let kept = folder.join(format!("generator-{sha256}"));
    if kept.is_file() && context::program_sha256(&kept).is_ok_and(|found| found == sha256) {
        return Ok(kept);
    }
    fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    let keeping = || format!("keeping this program as {}", kept.display());
    let partial = tempfile::NamedTempFile::new_in(folder).with_context(keeping)?;
    fs::copy(&program, partial.path()).with_context(keeping)?;
    partial.as_file().sync_all().with_context(keeping)?;
    partial.persist(&kept).map_err(|error| error.error).with_context(keeping)?;
    Ok(kept)
}
