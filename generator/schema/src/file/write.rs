//! Writing a file: whole or not at all, whenever the process is killed.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::document::{Document, Invalid};

/// The most characters of a file's name that stand in its temporary file's: together they must stay below the 255
/// bytes that file systems allow.
const NAME_CHARS: usize = 40;

/// Why a file could not be written. What stood there before still does. Its text says all of it in one line: the
/// file, what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("writing {}: {problem}; what was there before is untouched", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub problem: WriteProblem,
}

/// What kept a file from being written.
#[derive(Debug, thiserror::Error)]
pub enum WriteProblem {
    /// The system refused.
    #[error("{}; {}", in_short(.0), remedy(.0.kind()))]
    System(io::Error),
    /// The document is one that no program would read: a bug of the program that made it.
    #[error("the document to be written is not valid, which is a bug of this program: at {0}")]
    Invalid(Invalid),
}

/// What a system's error says, without the path of the temporary file, which `tempfile` puts behind it and nobody
/// knows.
fn in_short(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at path \"") {
        Some((short, _)) => short.to_owned(),
        None => text,
    }
}

fn remedy(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "make its folder first, or name another",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "let this user write into its folder, or name another"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room on its disk, or name another"
        }
        _ => "check the path, its folder and its disk",
    }
}

/// Writes a document to `path`, whole or not at all.
///
/// # Errors
///
/// When the folder cannot be written, the disk is full, or the document is not valid: what [`read`](super::read())
/// would refuse is not written.
///
/// # Panics
///
/// Never: documents have only text for keys.
pub fn write<D: Document>(path: &Path, document: &D) -> Result<(), WriteError> {
    document
        .check()
        .map_err(|invalid| WriteError { path: path.to_owned(), problem: WriteProblem::Invalid(invalid) })?;
    let mut json = serde_json::to_vec_pretty(document).expect("a document has only text for keys");
    json.push(b'\n');
    write_bytes(path, &json)
}

/// Writes a file whole or not at all: to a temporary file in the same folder, flushed, and renamed. A process that is
/// killed leaves the file before or the file after, and at most one `.NAME.*.partial` beside it.
///
/// A link is followed, and what it leads to is replaced. The permissions of a file that is replaced are kept; a new
/// file's follow the umask. A pipe or a terminal is written as it is.
///
/// # Errors
///
/// When the folder cannot be written, or the disk is full.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    put(path, bytes).map_err(|error| WriteError { path: path.to_owned(), problem: WriteProblem::System(error) })
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (path, before) = match fs::canonicalize(path) {
        Ok(real) => {
            let before = fs::metadata(&real)?;
            if !before.is_file() {
                return fs::write(real, bytes);
            }
            (real, Some(before))
        }
        // A link that leads nowhere would be replaced by the file, and whoever made it would look where it led.
        Err(error) if path.is_symlink() => return Err(error),
        Err(_) => (path.to_owned(), None),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| io::Error::from(ErrorKind::InvalidFilename))?;
    let mut file = temporary(folder, &name.to_string_lossy())?;
    file.write_all(bytes)?;
    if let Some(before) = before {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    // After a power cut the rename is certain only once the folder is on disk. Until then the file is the one before,
    // whole; so where a file system cannot do this, or the folder may not be read, nothing is lost.
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().ok();
    }
    Ok(())
}

/// A file in `folder` that goes away unless it is renamed.
fn temporary(folder: &Path, name: &str) -> io::Result<tempfile::NamedTempFile> {
    let name: String = name.chars().take(NAME_CHARS).collect();
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    // As any new file: the umask takes away what it does not allow.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
