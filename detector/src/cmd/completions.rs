//! `detector completions`: what a shell reads to complete the program.

use anyhow::Result;
use clap::Command;
use manual::Completions;
use schema::exit::Exit;

use super::delivery;

/// Prints the completions of `program`.
///
/// # Errors
///
/// When standard output cannot be written.
pub(crate) fn run(completions: &Completions, program: &Command) -> Result<Exit> {
    delivery::deliver(&completions.of(program), None)?;
    Ok(Exit::Nothing)
}
