//! `generator merge`: baselines of several machines in one file.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use generator::section;
use jiff::Timestamp;
use schema::{baselines::Baselines, exit::Exit, file};

/// Merges baselines of several machines into one file.
///
/// Machine classes stay apart. Sessions of one class add up; the same one twice counts once. It refuses files whose
/// thresholds, overrides or accepted changes differ.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The baselines to merge
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Merge {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let mut merged: Option<Baselines> = None;
        for path in &self.files {
            let next: Baselines = file::read(path)?;
            merged = Some(match merged {
                None => next,
                Some(merged) => section::merge(merged, next).with_context(|| format!("merging {}", path.display()))?,
            });
        }
        let Some(mut merged) = merged else { bail!("name the baselines to merge") };
        merged.updated = Timestamp::now();
        file::write(&self.out, &merged)?;
        super::tell(format_args!("wrote {} platforms to {}", merged.baselines.len(), self.out.display()));
        Ok(Exit::Nothing)
    }
}
