//! Archives: what a baseline replaces goes beside it, under a name that nothing else has.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use platforms::PlatformKey;
use schema::{
    baselines::{Baselines, ClassBaseline},
    file::{self, WriteError},
};

/// Writes `section`, which is about to be replaced in the file `beside`, to an archive of its own. Returns its path.
///
/// # Errors
///
/// When it cannot be written; then nothing may be replaced.
pub fn write(
    beside: &Path,
    baselines: &Baselines,
    platform: PlatformKey,
    class: &str,
    section: &ClassBaseline,
) -> Result<PathBuf, WriteError> {
    let mut archive = Baselines { baselines: std::collections::BTreeMap::new(), ..baselines.clone() };
    archive.baselines.entry(platform).or_default().insert(class.to_owned(), section.clone());
    let path = beside.with_file_name(name(platform, class, section, baselines.updated));
    file::write(&path, &archive)?;
    Ok(path)
}

/// `baselines.<platform>.<class>.<time>.<commit>.json`, where time is when it was replaced.
fn name(platform: PlatformKey, class: &str, section: &ClassBaseline, replaced: Timestamp) -> String {
    let git = section.sessions.last().and_then(|session| session.context.git.as_ref());
    let commit: String = git.map_or("unversioned", |git| &git.commit).chars().take(12).collect();
    let time = replaced.to_string().replace([':', '-'], "");
    format!("baselines.{platform}.{class}.{time}.{commit}.json")
}
