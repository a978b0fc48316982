//! A folder of reports, one file a run, in any nesting: a history.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use platforms::PlatformKey;
use schema::{
    comparison::Comparison,
    document::{Document, Kind},
    file::{self, Problem},
    report::Report,
    watch::Watch,
};

/// What a folder holds.
pub(super) struct Folder {
    /// Its reports, in the order of their files' names.
    pub(super) reports: Vec<Report>,
    /// How many JSON files are none, and were passed over.
    pub(super) passed: usize,
    /// Links to folders, which are not followed: they may lead back.
    pub(super) links: Vec<PathBuf>,
    /// What could not be read, a sentence a file.
    pub(super) damaged: Vec<String>,
}

impl Folder {
    /// Reads the folder. Other documents of ours are passed over, as is JSON that is none of ours.
    ///
    /// Of each report stays what `keep` leaves of it: a history of years has more than fits into memory.
    pub(super) fn read(folder: &Path, keep: impl Fn(Report) -> Report) -> Result<Self> {
        let (files, links) = files(folder)?;
        let mut read = Self { reports: Vec::new(), passed: 0, links, damaged: Vec::new() };
        for path in files {
            match file::read::<Report>(&path) {
                Ok(report) => read.reports.push(keep(report)),
                Err(error) if is_another(&error.problem) => {
                    read.passed += 1;
                }
                Err(error) => read.damaged.push(error.to_string()),
            }
        }
        ensure!(
            !read.reports.is_empty() || !read.damaged.is_empty(),
            "{}: there is no report in this folder; name one that `generator measure` or `detector import` wrote to",
            folder.display()
        );
        Ok(read)
    }
}

/// What is to say of files that could not be read. A night is missing with them, and none of the others may be for that.
pub(super) fn left_out(damaged: &[String]) -> impl Iterator<Item = String> {
    damaged.iter().map(|why| format!("left out of the history: {why}"))
}

/// The documents of one kind below a folder, in any nesting, in the order of their files' names. Others are passed over; one that
/// is damaged is an error.
pub(super) fn all<D: Document>(folder: &Path) -> Result<Vec<D>> {
    let mut found = Vec::new();
    for path in files(folder)?.0 {
        match file::read::<D>(&path) {
            Ok(document) => found.push(document),
            Err(error) if is_another(&error.problem) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// What becomes of each document of a history folder.
pub(super) trait Visitor {
    /// A report.
    fn report(&mut self, report: Report);
    /// A comparison.
    fn comparison(&mut self, comparison: Comparison);
    /// A watch.
    fn watch(&mut self, watch: Watch);
}

/// Shows the documents below a folder to a visitor, one after the other, so that no two need be in memory at once.
/// Returns what could not be read, a sentence a file; other documents and what is none of ours are passed over.
pub(super) fn visit(folder: &Path, visitor: &mut impl Visitor) -> Result<Vec<String>> {
    let mut damaged = Vec::new();
    for path in files(folder)?.0 {
        let read = match file::read::<Report>(&path) {
            Ok(report) => {
                visitor.report(report);
                Ok(())
            }
            Err(error) => match error.problem {
                Problem::OtherKind { found: Kind::Comparison, .. } => {
                    file::read(&path).map(|comparison| visitor.comparison(comparison))
                }
                Problem::OtherKind { found: Kind::Watch, .. } => file::read(&path).map(|watch| visitor.watch(watch)),
                Problem::OtherKind { .. } | Problem::Foreign { .. } => Ok(()),
                _ => Err(error),
            },
        };
        damaged.extend(read.err().map(|error| error.to_string()));
    }
    Ok(damaged)
}

/// The comparisons of a platform in a history folder as `detector record` lays it out, the latest session's first.
pub(super) fn comparisons_latest_first(history: &Path, platform: PlatformKey) -> Result<Vec<PathBuf>> {
    let folder = history.join(platform.as_str());
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let (mut found, _) = files(&folder)?;
    found.retain(|path| path.file_name() == Some(OsStr::new("comparison.json")));
    // A run's folder begins with its time.
    found.reverse();
    Ok(found)
}

/// Whether a file is another document, or none of ours.
const fn is_another(problem: &Problem) -> bool {
    matches!(problem, Problem::OtherKind { .. } | Problem::Foreign { .. })
}

/// The JSON files below a folder, in order, those that begin with a dot apart; and links to folders. What is neither file nor
/// folder, such as a pipe, has no end to wait for.
fn files(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut found, mut links) = (Vec::new(), Vec::new());
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let reading = || format!("reading the folder {}; check the path and its permissions", folder.display());
        for entry in fs::read_dir(&folder).with_context(reading)? {
            let entry = entry.with_context(reading)?;
            let (path, kind) = (entry.path(), entry.file_type().with_context(reading)?);
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if path.is_dir() {
                links.push(path);
            } else if path.extension() == Some(OsStr::new("json")) && (path.is_file() || kind.is_symlink()) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok((found, links))
}
