//! `detector watch`: how often the tool is wrong where the truth is known.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use detector::{
    output,
    watch::{Rates, watch},
};
use schema::{exit::Exit, file, pair::Pair, watch::Watch};

use super::{delivery, folder};

/// Tells how often the tool is wrong where the truth is known: a program beside itself, and beside itself slowed on purpose.
///
/// With two pairs of tonight it writes watch.json, and tells in a line what was found; with a history folder it prints the rates of all nights, with their 95 %
/// intervals.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// A program beside itself: whatever is found there is false
    #[arg(long, value_name = "FILE", requires = "slowed_pair", required_unless_present = "history")]
    self_pair: Option<PathBuf>,
    /// The same, with every case of the candidate slowed on purpose
    #[arg(long, value_name = "FILE", requires = "self_pair")]
    slowed_pair: Option<PathBuf>,
    /// A history folder, as `detector record` writes it: the rates of all its watches
    #[arg(long, value_name = "DIR", conflicts_with = "self_pair")]
    history: Option<PathBuf>,
    /// How to print the rates
    #[arg(long, value_enum, default_value_t = Format::Human, requires = "history")]
    format: Format,
    /// Write to a file in place of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Not in the doc comment: clap would flow it together.
const AFTER_HELP: &str = "\
Example:
  generator pair --base PROGRAM --candidate PROGRAM --out self
  generator pair --base PROGRAM --candidate PROGRAM --inject '.*=1.10' --out slowed
  detector watch --self-pair self/pair.json --slowed-pair slowed/pair.json --output watch.json";

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table
    Human,
    /// A table for GitHub
    Markdown,
}

/// Judges two pairs, or sums a history up.
///
/// # Errors
///
/// When an input cannot be read or is no such pair, or the output cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let text = match (&arguments.self_pair, &arguments.slowed_pair, &arguments.history) {
        (Some(own), Some(slowed), _) => {
            delivery::check_is_another(arguments.output.as_deref(), [own.as_path(), slowed.as_path()])?;
            let found = watch(&file::read::<Pair>(own)?, &file::read::<Pair>(slowed)?)
                .with_context(|| format!("{} and {}", own.display(), slowed.display()))?;
            tracing::info!("{}", told(&found));
            output::watch_json(&found)
        }
        (_, _, Some(history)) => {
            let watches: Vec<Watch> = folder::all(history)?;
            let rates = Rates::of(&watches);
            if rates.is_empty() {
                bail!(
                    "{}: there is no watch.json in this folder; `detector watch` writes one a night",
                    history.display()
                );
            }
            match arguments.format {
                Format::Human => output::rates(&rates),
                Format::Markdown => output::rates_markdown(&rates),
            }
        }
        _ => bail!("--self-pair and --slowed-pair, or --history, name what to look at"),
    };
    delivery::deliver(&text, arguments.output.as_deref())?;
    Ok(Exit::Nothing)
}

/// What a watch found, in a line.
fn told(watch: &Watch) -> String {
    let Watch { unchanged, slowed, .. } = watch;
    let wrong = unchanged.false_regressions.len() + unchanged.false_improvements.len();
    format!(
        "beside itself: {wrong} of {} judgements are false; slowed by {:.0} %: {} of {} cases are found",
        unchanged.judged,
        slowed.percent,
        slowed.cases.saturating_sub(slowed.missed.len() as u64),
        slowed.cases
    )
}
