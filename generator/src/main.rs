//! The program `generator`.

mod cmd;
mod progress;
mod revision;

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand};
use schema::exit::Exit;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// Measures kernels under settings it controls, and keeps what they are expected to do.
///
/// The usual way: `generator baseline` on a quiet machine, later `generator measure --out DIR`, and then
/// `detector compare --report DIR/report.json --baselines platforms/baselines.json`.
///
/// Exit codes: 0 nothing to act on · 1 a case failed or disagrees with its reference · 2 wrong usage, unreadable input
/// or unwritable output · 70 a bug of ours · 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "generator", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(cmd::list::List),
    Doctor(cmd::doctor::Doctor),
    Verify(cmd::verify::Verify),
    Measure(cmd::measure::Measure),
    Baseline(cmd::baseline::Baseline),
    Pair(cmd::pair::Pair),
    Merge(cmd::merge::Merge),
    Schema(cmd::schema::Schema),
    /// Does one job of a session (the generator starts it itself).
    #[command(hide = true)]
    Worker,
}

fn main() -> ExitCode {
    report_bugs();
    // SIGPIPE is ignored by Rust programs: a closed pipe is an error like another, and found in `end`.
    let cli = Cli::parse();
    talk();
    end(match cli.verb {
        Verb::List(list) => list.run(),
        Verb::Doctor(doctor) => doctor.run(),
        Verb::Verify(verify) => verify.run(),
        Verb::Measure(measure) => measure.run(),
        Verb::Baseline(baseline) => baseline.run(),
        Verb::Pair(pair) => pair.run(),
        Verb::Merge(merge) => merge.run(),
        Verb::Schema(schema) => schema.run(),
        Verb::Worker => cmd::worker(),
    })
}

fn end(result: anyhow::Result<Exit>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Nothing.into(),
        Err(error) if error.is::<cmd::Interrupted>() => {
            cmd::tell(format_args!("generator: {error}"));
            Exit::Interrupted.into()
        }
        Err(error) => {
            cmd::tell(format_args!("generator: {error:#}"));
            Exit::Usage.into()
        }
    }
}

/// Whoever read us has read enough: `generator list | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// A panic is a bug of ours: it says so in a line, and ends the program with its own code.
fn report_bugs() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        cmd::tell("generator: this is a bug of ours; please report it with the lines above");
        std::process::exit(i32::from(Exit::Bug.code()));
    }));
}

/// Talk goes to standard error, warnings and above unless `RUST_LOG` says otherwise.
fn talk() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
        .without_time()
        .with_target(false)
        .init();
}
