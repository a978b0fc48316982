//! Where a verb's text goes: to standard output, or to the file that `--output` names.

use std::{
    io::{self, ErrorKind, Write},
    path::Path,
};

use anyhow::{Context, Result};
use schema::file;

/// Writes `text`, which may have colours; a file gets none.
pub(super) fn deliver(text: &str, output: Option<&Path>) -> Result<()> {
    match output {
        Some(path) => write_file(path, text),
        None => write_stdout(text).context("writing to standard output; where it leads to cannot be written"),
    }
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    let plain = anstream::adapter::strip_str(text).to_string();
    Ok(file::write_bytes(path, plain.as_bytes())?)
}

/// Colours only where standard output is a terminal and `NO_COLOR` is not set. A reader that has read enough and closed
/// the pipe (`detector compare … | head`) changes nothing about the verdict.
fn write_stdout(text: &str) -> io::Result<()> {
    let mut stdout = anstream::AutoStream::auto(io::stdout().lock());
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
