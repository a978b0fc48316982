//! `platforms matrix`: the build matrix of a hosted workflow.

use anyhow::Result;
use clap::{Args, ValueEnum};
use platforms::{PlatformKey, matrix::Matrix};

use crate::output::Output;

/// The build matrix: one job for each platform.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Only these platforms; may be given several times, or with commas
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    platform: Vec<PlatformKey>,
    /// One line of JSON for a workflow, or a table for people
    #[arg(long, value_enum)]
    format: Format,
    #[command(flatten)]
    output: Output,
}

/// Not in the doc comment: clap would flow it together.
const AFTER_HELP: &str = r#"In a GitHub workflow, one job gives it out and the next takes it:

  echo "matrix=$(platforms matrix --format github)" >> "$GITHUB_OUTPUT"

  strategy:
    matrix: ${{ fromJSON(needs.FIRST.outputs.matrix) }}"#;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Github,
    Table,
}

/// Prints the matrix.
///
/// # Errors
///
/// When the output cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let matrix = Matrix::of(&arguments.platform);
    arguments.output.write(&match arguments.format {
        Format::Github => format!("{}\n", matrix.to_github()),
        Format::Table => matrix.to_string(),
    })
}
