//! What the folder of a study holds: reports and pairs, each in a folder of its own, and criterion's figures.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use schema::{file, pair::Pair, report::Report};

use crate::{
    cases::LEVELS,
    criterion::Means,
    took::{self, Times},
};

/// Everything that was collected so far.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Runs that changed nothing, oldest first.
    pub sessions: Vec<Report>,
    /// By place in `sessions`: the pair that its suspects were confirmed by, where it had any.
    pub suspects: BTreeMap<usize, Pair>,
    /// Pairs of the program with itself, by how much the candidate was slowed, in percent.
    pub pairs: BTreeMap<u32, Vec<Pair>>,
    /// Runs that were slowed on purpose, by how much, in percent.
    pub slowed_sessions: BTreeMap<u32, Vec<Report>>,
    /// Pairs with a program whose variants are really slower.
    pub slowed: Vec<Pair>,
    /// Runs of criterion: the mean of each case, in nanoseconds.
    pub criterion: Vec<Means>,
    /// The same of the program whose variants are really slower.
    pub criterion_slowed: Vec<Means>,
    /// Runs that counted instructions.
    pub counted: Vec<Report>,
    /// What the steps took, by kind.
    pub times: Times,
}

/// The folder of session `index`, or of another step of that kind.
#[must_use]
pub fn step(out: &Path, kind: &str, index: usize) -> PathBuf {
    out.join(kind).join(format!("{index:04}"))
}

/// What a kind of pairs with this slowdown is called.
#[must_use]
pub fn pairs_of(level: u32) -> String {
    format!("pair-{level:02}")
}

/// What a kind of runs with this slowdown is called; 0 are those that changed nothing.
#[must_use]
pub fn sessions_of(level: u32) -> String {
    if level == 0 { "session".to_owned() } else { format!("session-{level:02}") }
}

/// The runs that changed nothing, oldest first, each with its number.
///
/// # Errors
///
/// When one of them cannot be read.
pub fn sessions(out: &Path) -> Result<Vec<(usize, Report)>> {
    let read = |(number, folder): (usize, PathBuf)| Ok((number, file::read(&folder.join("report.json"))?));
    let mut sessions: Vec<(usize, Report)> =
        steps(out, &sessions_of(0))?.into_iter().map(read).collect::<Result<_>>()?;
    sessions.sort_by_key(|(_, session)| session.created);
    Ok(sessions)
}

/// What the finished steps of a kind took.
///
/// # Errors
///
/// When a folder cannot be read.
pub fn times(out: &Path, kind: &str) -> Result<took::Took> {
    let mut took = took::Took::default();
    for (_, folder) in steps(out, kind)? {
        took.add(took::of(&folder)?);
    }
    Ok(took)
}

impl Evidence {
    /// Reads a study's folder.
    ///
    /// # Errors
    ///
    /// When a file in it cannot be read.
    pub fn read(out: &Path) -> Result<Self> {
        let pairs = |kind: &str| -> Result<Vec<Pair>> {
            steps(out, kind)?.iter().map(|(_, folder)| Ok(file::read(&folder.join("pair.json"))?)).collect()
        };
        let reports = |kind: &str| -> Result<Vec<Report>> {
            steps(out, kind)?.iter().map(|(_, folder)| Ok(file::read(&folder.join("report.json"))?)).collect()
        };
        let means = |kind: &str| -> Result<Vec<Means>> {
            let read = |folder: &Path| -> Result<Means> {
                let path = folder.join("means.json");
                let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
                serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))
            };
            steps(out, kind)?.iter().map(|(_, folder)| read(folder)).collect()
        };
        let (numbers, sessions): (Vec<usize>, Vec<Report>) = sessions(out)?.into_iter().unzip();
        let mut evidence = Self {
            sessions,
            slowed: pairs("slowed")?,
            criterion: means("criterion")?,
            criterion_slowed: means("criterion-slowed")?,
            counted: reports("counted")?,
            ..Self::default()
        };
        for level in LEVELS {
            evidence.pairs.insert(level, pairs(&pairs_of(level))?);
            if level > 0 {
                evidence.slowed_sessions.insert(level, reports(&sessions_of(level))?);
            }
        }
        for (number, folder) in steps(out, "suspects")? {
            if let Some(position) = numbers.iter().position(|&session| session == number) {
                evidence.suspects.insert(position, file::read(&folder.join("pair.json"))?);
            }
        }
        let levels = LEVELS.into_iter().flat_map(|level| [pairs_of(level), sessions_of(level)]);
        let others = ["suspects", "slowed", "criterion", "criterion-slowed", "counted"].map(str::to_owned);
        for kind in levels.chain(others) {
            let took = times(out, &kind)?;
            evidence.times.insert(kind, took);
        }
        Ok(evidence)
    }
}

/// The finished steps of a kind, by their numbers.
fn steps(out: &Path, kind: &str) -> Result<Vec<(usize, PathBuf)>> {
    let folder = out.join(kind);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry.with_context(|| format!("reading {}", folder.display()))?.path();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        if let Some(number) = number
            && is_done(&path)
        {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether a step's folder holds what it was to write: each program writes that last, and whole.
#[must_use]
pub fn is_done(folder: &Path) -> bool {
    ["report.json", "pair.json", "means.json"].iter().any(|file| folder.join(file).is_file())
}
