//! The program `study`.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use study::{
    collect::{Amount, Programs, collect},
    evidence::Evidence,
    findings::{self, Draws},
    table,
};

/// Measures the instrument itself: how often it cries wolf, and what it finds.
#[derive(Debug, Parser)]
#[command(name = "study", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Runs what is not done yet, and prints the tables; a run that was broken off goes on where it was
    Run(Run),
    /// Prints the tables of what is there
    Table {
        /// The study's folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How to print them
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Aligned columns
    Human,
    /// Tables for GitHub
    Markdown,
}

#[derive(Debug, Args)]
struct Run {
    /// The study's folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The generator
    #[arg(long, value_name = "PROGRAM")]
    generator: PathBuf,
    /// The generator, built with the feature `slowed`
    #[arg(long, value_name = "PROGRAM")]
    slowed: Option<PathBuf>,
    /// Criterion's benchmark of the same kernels
    #[arg(long, value_name = "PROGRAM")]
    criterion: Option<PathBuf>,
    /// The same, built with the feature `slowed`
    #[arg(long, value_name = "PROGRAM")]
    criterion_slowed: Option<PathBuf>,
    /// An hour and more, in place of some minutes
    #[arg(long)]
    full: bool,
    /// Run as much of each as fits into so many minutes; with --full, stop after them, and a further run goes on
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    minutes: Option<u64>,
    /// How to print the tables
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Run(run) => run.run(),
        Verb::Table { out, format } => print(&out, format),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("study: {error:#}"));
            ExitCode::from(2)
        }
    }
}

impl Run {
    fn run(self) -> anyhow::Result<()> {
        let programs = Programs {
            generator: self.generator,
            slowed: self.slowed,
            criterion: self.criterion,
            criterion_slowed: self.criterion_slowed,
        };
        let time = self.minutes.map(|minutes| Duration::from_secs(60 * minutes));
        let amount = match time {
            _ if self.full => Amount::FULL,
            Some(time) => Amount::SHORT.within(time, &programs),
            None => Amount::SHORT,
        };
        collect(&self.out, &programs, amount, time, tell)?;
        print(&self.out, self.format)
    }
}

fn print(out: &std::path::Path, format: Format) -> anyhow::Result<()> {
    use std::io::Write;
    let format = match format {
        Format::Human => table::Format::Human,
        Format::Markdown => table::Format::Markdown,
    };
    let text = findings::tables(&Evidence::read(out)?, Draws::USUAL, format)?;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Tells a person something on standard error.
fn tell(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
