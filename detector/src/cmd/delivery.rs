//! Where a verb's text goes: to standard output, or to the file that `--output` names.

use std::{
    io::{self, ErrorKind, Write},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use detector::output::Glyphs;
use schema::file;

/// Passes an output that replaces none of the inputs.
///
/// # Errors
///
/// When it is one of them, by whatever name.
pub(super) fn check_is_another<'a>(output: Option<&Path>, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let Some(output) = output else {
        return Ok(());
    };
    for input in inputs {
        let is_same = matches!((input.canonicalize(), output.canonicalize()), (Ok(one), Ok(other)) if one == other);
        ensure!(!is_same, "{}: --output would replace what is read from there; name another file", output.display());
    }
    Ok(())
}

/// A terminal that calls itself dumb gets what any can show.
pub(super) fn glyphs(output: Option<&Path>) -> Glyphs {
    let is_dumb = output.is_none() && std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if is_dumb { Glyphs::Ascii } else { Glyphs::Unicode }
}

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
