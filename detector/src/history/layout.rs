//! Where a run stands in a history folder: `<platform>/<time>-<commit>/<document>.json`, a folder a run that nothing ever changes.
//! Runs of many machines never meet in one file, and their names sort by time.

use std::path::PathBuf;

use schema::{alarms::Alarms, report::Report};

/// The documents of a run, by the names of their files.
pub const DOCUMENTS: [&str; 4] = ["report.json", "comparison.json", "pair.json", "watch.json"];

/// How much of a commit names a folder.
const COMMIT_DIGITS: usize = 12;

/// The folder of the run that `report` is of, below the history's.
///
/// The commit comes from a report, which may be anybody's: what is no commit names no folder.
#[must_use]
pub fn run_folder(report: &Report) -> PathBuf {
    let commit = report.context.git.as_ref().map(|git| git.commit.as_str()).filter(|commit| is_commit(commit));
    let commit = commit.map_or("nocommit", |commit| &commit[..commit.len().min(COMMIT_DIGITS)]);
    let time = report.created.strftime("%Y%m%dT%H%M%SZ");
    PathBuf::from(report.platform.as_str()).join(format!("{time}-{commit}"))
}

/// The file that tells how right the alarms were on a night, below the history's folder.
#[must_use]
pub fn alarms_file(alarms: &Alarms) -> PathBuf {
    PathBuf::from("alarms").join(format!("{}.json", alarms.created.strftime("%Y%m%dT%H%M%SZ")))
}

fn is_commit(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
