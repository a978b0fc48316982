//! `platforms matrix`: the build matrix, as a workflow, the tool `cross` or a reader of the README takes it.

use anyhow::Result;
use clap::{Args, ValueEnum};
use platforms::{PlatformKey, matrix::Matrix, platform};

use crate::output::Output;

/// The build matrix: one job for each platform.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Only these platforms; may be given several times, or with commas
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    platform: Vec<PlatformKey>,
    /// As what
    #[arg(long, value_enum)]
    format: Format,
    #[command(flatten)]
    output: Output,
}

/// Not in the doc comment: clap would flow it together.
const AFTER_HELP: &str = r#"In a GitHub workflow, one job gives it out and the next takes it:

  echo "matrix=$(platforms matrix --format github)" >> "$GITHUB_OUTPUT"

  strategy:
    matrix: ${{ fromJSON(needs.FIRST.outputs.matrix) }}

Cross.toml is made anew with

  platforms matrix --format cross --output Cross.toml"#;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One line of JSON for a workflow
    Github,
    /// A table for people
    Table,
    /// The README's table
    Markdown,
    /// Cross.toml, of the platforms that the tool `cross` builds
    Cross,
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
        Format::Markdown => matrix.to_markdown(),
        Format::Cross => platform::cross().to_toml(platform::selected(&arguments.platform)),
    })
}
