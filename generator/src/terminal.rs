//! How a program of ours meets a person: where data and talk go, and how it ends.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use anyhow::Context;
use clap::ValueEnum;
use schema::{exit::Exit, file};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// How a listing is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// An aligned table.
    Human,
    /// JSON.
    Json,
}

/// A person ended the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted; nothing was written")]
pub struct Interrupted;

/// The code that `program` ends with, after it told what went wrong.
#[must_use]
pub fn end(program: &str, result: anyhow::Result<Exit>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Nothing.into(),
        Err(error) if error.is::<Interrupted>() => {
            tell(format_args!("{program}: {error}"));
            Exit::Interrupted.into()
        }
        Err(error) => {
            tell(format_args!("{program}: {error:#}"));
            Exit::Usage.into()
        }
    }
}

/// Whoever read us has read enough: `generator list | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// From here on a panic is a bug of ours: `program` says so in a line, and ends with its own code.
pub fn report_bugs(program: &'static str) {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        tell(format_args!("{program}: this is a bug of ours; please report it with the lines above"));
        std::process::exit(i32::from(Exit::Bug.code()));
    }));
}

/// From here on talk goes to standard error, warnings and above unless `RUST_LOG` says otherwise.
pub fn talk() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
        .without_time()
        .with_target(false)
        .init();
}

/// A flag that is set once a person or the system ends the run.
///
/// # Errors
///
/// When the system takes no handler.
pub fn interrupts() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&flag)).context("listening for interrupts")?;
    }
    Ok(flag)
}

/// Prints what a verb is asked for: to a file where one is named, to standard output where not.
///
/// # Errors
///
/// When it cannot be written.
pub fn print(text: &str, output: Option<&Path>) -> anyhow::Result<()> {
    match output {
        Some(path) => file::write_bytes(path, text.as_bytes())?,
        None => io::stdout().write_all(text.as_bytes()).context("writing to standard output")?,
    }
    Ok(())
}

/// Tells a person something on standard error. Where nobody can hear it, the work goes on.
pub fn tell(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
