//! `generator merge`: baselines of several machines in one file.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use generator::merging::{self, Keep, Source};
use jiff::Timestamp;
use schema::{exit::Exit, file};

/// Merges baselines of several machines into one file.
///
/// Machine classes stay apart. Sessions of one class add up; the same one twice counts once. Two different entries for
/// the same thing are refused: sessions of a class that began at the same time or measured different code, other
/// thresholds, overrides or accepted changes. With --keep one of them counts, and what is discarded is said.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The file to write: a new one, or one of those that are merged
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which of two different entries for the same thing to keep, by the order in which the files are named
    #[arg(long, value_name = "WHICH")]
    keep: Option<Keep>,
    /// The baselines to merge
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Merge {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let _lock = super::lock(&self.out)?;
        ensure!(
            !self.out.exists() || self.files.iter().any(|file| is_same(file, &self.out)),
            "{}: it is there already, and would be lost; name it among the files to merge, or name another --out",
            self.out.display()
        );
        let (first, others) = self.files.split_first().context("name the baselines to merge")?;
        let others = others.iter().map(|path| read(path)).collect::<anyhow::Result<_>>()?;
        let mut merged = merging::merge(read(first)?, others, self.keep)?;
        merged.baselines.updated = Timestamp::now();
        file::write(&self.out, &merged.baselines)?;
        for conflict in &merged.discarded {
            super::tell(conflict.discarded());
        }
        let classes: usize = merged.baselines.baselines.values().map(std::collections::BTreeMap::len).sum();
        let platforms = merged.baselines.baselines.len();
        let out = self.out.display();
        super::tell(format_args!(
            "wrote {} of machines, of {}, to {out}; discarded {}",
            counted(classes, "class", "classes"),
            counted(platforms, "platform", "platforms"),
            merged.discarded.len()
        ));
        Ok(Exit::Nothing)
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Whether both paths lead to one file, which is there.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn read(path: &Path) -> anyhow::Result<Source> {
    Ok(Source { name: path.display().to_string(), baselines: file::read(path)? })
}
