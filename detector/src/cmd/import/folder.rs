//! criterion's folder on disk: where the benchmarks are in it, and which of their runs is meant.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// Folders deep, below which nothing is looked for. A benchmark has four at most; a link back up would have no end.
const DEPTH_MAX: usize = 16;

/// The folder of each benchmark's run, in the order of their paths: the one named `saved`, else `new`, else `base`.
///
/// # Errors
///
/// When a folder cannot be read, there is no benchmark, or one has another run than the one that is meant.
pub(super) fn benchmarks(root: &Path, saved: Option<&str>) -> Result<Vec<PathBuf>> {
    let mut runs: BTreeMap<PathBuf, Vec<(String, PathBuf)>> = BTreeMap::new();
    let mut without: Option<PathBuf> = None;
    let mut pending = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if folder.join("benchmark.json").is_file() {
            // The root may be one run itself: its parent then has it alone.
            runs.entry(folder.parent().map(Path::to_owned).unwrap_or_default())
                .or_default()
                .push((name, folder.clone()));
        } else if name != "change" && ["sample.json", "estimates.json"].iter().any(|file| folder.join(file).is_file()) {
            without = Some(folder.clone());
        }
        if depth == DEPTH_MAX {
            continue;
        }
        let unreadable = || format!("reading the folder {}; name the folder that criterion wrote", folder.display());
        for entry in fs::read_dir(&folder).with_context(unreadable)? {
            let entry = entry.with_context(unreadable)?;
            // Links are not followed: they may lead back.
            if entry.file_type().with_context(unreadable)?.is_dir() {
                pending.push((entry.path(), depth + 1));
            }
        }
    }
    if let Some(folder) = without {
        bail!(
            "reading {}: it has a benchmark's numbers and no benchmark.json, which names it; run it again with \
             criterion 0.3 or newer",
            folder.display()
        );
    }
    if runs.is_empty() {
        bail!(
            "reading {}: there is no benchmark.json below it; name the folder that criterion wrote, `target/criterion`",
            root.display()
        );
    }
    runs.into_iter().map(|(benchmark, runs)| chosen(&benchmark, &runs, saved)).collect()
}

/// Of a benchmark's runs, each a name and a folder, the one that is meant.
fn chosen(benchmark: &Path, runs: &[(String, PathBuf)], saved: Option<&str>) -> Result<PathBuf> {
    let run = |name: &str| runs.iter().find(|(known, _)| known == name).map(|(_, folder)| folder.clone());
    let mut names: Vec<&str> = runs.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let names = names.join(", ");
    if let Some(saved) = saved {
        return run(saved)
            .with_context(|| format!("reading {}: it has no run {saved:?}; it has {names}", benchmark.display()));
    }
    match (run("new").or_else(|| run("base")), runs) {
        (Some(folder), _) => Ok(folder),
        (None, [(_, only)]) => Ok(only.clone()),
        (None, _) => bail!(
            "reading {}: it has neither `new` nor `base`, and more than one other run; pass --saved with one \
             of {names}",
            benchmark.display()
        ),
    }
}
