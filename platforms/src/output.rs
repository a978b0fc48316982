//! Where a verb's data goes: standard output, or a file that is there wholly or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, Result};

/// Where a verb's data goes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Output {
    /// Write there instead of to standard output; a file that exists is replaced, at once and wholly
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Output {
    /// Writes `text`. A reader of standard output that has gone away, as `head` does, is no failure.
    ///
    /// # Errors
    ///
    /// When it cannot be written; a file is then as it was.
    pub(crate) fn write(&self, text: &str) -> Result<()> {
        match &self.output {
            Some(path) => write_file(path, text).with_context(|| format!("writing {}", path.display())),
            None => match write_all(&mut io::stdout().lock(), text) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                done => done.context("writing standard output"),
            },
        }
    }
}

fn write_all(to: &mut impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}

fn write_file(path: &Path, text: &str) -> io::Result<()> {
    // A link stays a link, and what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&path) {
        // A pipe or a device cannot be replaced.
        Ok(metadata) if !metadata.is_file() => {
            return write_all(&mut OpenOptions::new().write(true).open(&path)?, text);
        }
        _ => {}
    }
    let name = path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "it names no file"))?;
    let mut temporary_name = std::ffi::OsString::from(".");
    temporary_name.push(name);
    temporary_name.push(format!(".{}.tmp", process::id()));
    // Renaming is at once only within a folder.
    let temporary = path.with_file_name(temporary_name);
    let written = File::create_new(&temporary)
        .and_then(|mut file| write_all(&mut file, text).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, &path));
    if written.as_ref().is_err_and(|error| error.kind() != ErrorKind::AlreadyExists) {
        // It is ours; that it may not be there is no second failure.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes everything and says only when flushed that it could not keep it, as a buffer over a full disk does.
    struct Forgetful;

    impl Write for Forgetful {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn what_was_taken_but_not_kept_is_a_failure() {
        assert!(write_all(&mut Forgetful, "text").is_err());
    }
}
