//! The program `study`.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use study::{
    collect::{Amount, Programs, collect},
    evidence::Evidence,
    findings,
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
    },
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
    /// Stop after so many minutes; a further run goes on
    #[arg(long, value_name = "MINUTES")]
    minutes: Option<u64>,
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Run(run) => run.run(),
        Verb::Table { out } => table(&out),
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
        let amount = if self.full { Amount::FULL } else { Amount::SHORT };
        let time = self.minutes.map(|minutes| Duration::from_secs(60 * minutes));
        collect(&self.out, &programs, amount, time, tell)?;
        table(&self.out)
    }
}

fn table(out: &std::path::Path) -> anyhow::Result<()> {
    use std::io::Write;
    let text = findings::tables(&Evidence::read(out)?)?;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Tells a person something on standard error.
fn tell(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
