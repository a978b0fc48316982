//! `generator schema`: the documents' JSON Schemas.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use schema::{document::Kind, exit::Exit};

/// Prints the JSON Schema of a document.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which document
    document: Document,
    /// Write it here instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Document {
    /// One run on one platform
    Report,
    /// What each platform's kernels are expected to do
    Baselines,
    /// Two programs side by side
    Pair,
    /// What a comparison found
    Comparison,
    /// Where a history changed
    Changes,
    /// How kernels stand to references and libraries
    Crossval,
    /// What the tool found where it was known what there was to find
    Watch,
    /// How right the issues were that the tool opened
    Alarms,
}

impl Schema {
    pub(crate) fn run(&self) -> anyhow::Result<Exit> {
        let kind = match self.document {
            Document::Report => Kind::Report,
            Document::Baselines => Kind::Baselines,
            Document::Pair => Kind::Pair,
            Document::Comparison => Kind::Comparison,
            Document::Changes => Kind::Changes,
            Document::Crossval => Kind::Crossval,
            Document::Watch => Kind::Watch,
            Document::Alarms => Kind::Alarms,
        };
        let json = serde_json::to_string_pretty(&kind.json_schema())? + "\n";
        super::print(&json, self.output.as_deref())?;
        Ok(Exit::Nothing)
    }
}
