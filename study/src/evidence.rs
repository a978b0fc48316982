//! What the folder of a study holds: reports and pairs, each in a folder of its own, and criterion's figures.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use schema::{file, pair::Pair, report::Report};

use crate::{cases::LEVELS, criterion::Means};

/// Everything that was collected so far.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Runs that changed nothing, oldest first.
    pub sessions: Vec<Report>,
    /// By session: the pair that its suspects were confirmed by, where it had any.
    pub suspects: BTreeMap<usize, Pair>,
    /// Pairs of the program with itself, by how much the candidate was slowed, in percent.
    pub pairs: BTreeMap<u32, Vec<Pair>>,
    /// Pairs with a program whose variants are really slower.
    pub slowed: Vec<Pair>,
    /// Runs of criterion: the mean of each case, in nanoseconds.
    pub criterion: Vec<Means>,
    /// The same of the program whose variants are really slower.
    pub criterion_slowed: Vec<Means>,
    /// Runs that counted instructions.
    pub counted: Vec<Report>,
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
        let mut evidence = Self {
            sessions: reports("session")?,
            slowed: pairs("slowed")?,
            criterion: means("criterion")?,
            criterion_slowed: means("criterion-slowed")?,
            counted: reports("counted")?,
            ..Self::default()
        };
        for level in LEVELS {
            evidence.pairs.insert(level, pairs(&pairs_of(level))?);
        }
        for (index, folder) in steps(out, "suspects")? {
            evidence.suspects.insert(index, file::read(&folder.join("pair.json"))?);
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
