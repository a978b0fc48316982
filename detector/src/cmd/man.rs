//! `detector man`: the program's man pages, for those who pack it.

use anyhow::Result;
use clap::Command;
use manual::Man;
use schema::exit::Exit;

/// Writes the pages of `program`.
///
/// # Errors
///
/// When the folder or a page cannot be written.
pub(crate) fn run(man: &Man, program: &Command) -> Result<Exit> {
    man.write(program)?;
    Ok(Exit::Nothing)
}
