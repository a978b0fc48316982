//! Documents as files: read with a message that says what is wrong and where, written whole or not at all.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    SCHEMA_VERSION,
    document::{Document, Invalid, Kind},
};

/// The largest document that is read, in bytes. A nightly report has some 500 kB; a file beyond this is foreign, and
/// reading it whole would only use up the memory.
pub const DOCUMENT_BYTES: u64 = 64 << 20;

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
#[error("reading {}{}: {problem}", path.display(), place(self))]
pub struct ReadError {
    path: PathBuf,
    line: Option<usize>,
    field: Option<String>,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a document.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file cannot be opened or read.
    #[error("{0}; check the path and its permissions")]
    Unreadable(#[source] io::Error),
    /// It is larger than a document can be.
    #[error("it has more than {} MiB, and no {kind} has; is it the right file?", DOCUMENT_BYTES >> 20)]
    TooLarge {
        /// What was expected.
        kind: &'static str,
    },
    /// It ends before its JSON does.
    #[error("it is cut off: {0}; restore it, or write it anew")]
    Truncated(#[source] serde_json::Error),
    /// It is no JSON.
    #[error("it is no JSON: {0}; is it the right file?")]
    NotJson(#[source] serde_json::Error),
    /// It is JSON, but no document of ours.
    #[error(
        "it is no {kind}: it has no schema_version; is it the right file? (`detector import` reads foreign formats)"
    )]
    Foreign {
        /// What was expected.
        kind: &'static str,
    },
    /// It is a document of ours, of another kind.
    #[error("it is a {found}, and a {kind} is asked for here")]
    OtherKind {
        /// What was expected.
        kind: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// It was written by a later version of the program.
    #[error("it has schema_version {found}, and this program reads up to {SCHEMA_VERSION}; use a newer program")]
    Newer {
        /// Its version.
        found: u64,
    },
    /// A field is missing, unknown or of the wrong type.
    #[error("{0}")]
    Malformed(String),
    /// A value is out of range, or two fields disagree.
    #[error("{0}")]
    Invalid(String),
}

fn place(error: &ReadError) -> String {
    let line = error.line.map(|line| format!(", line {line}"));
    let field = error.field.as_ref().map(|field| format!(", at {field}"));
    line.into_iter().chain(field).collect()
}

/// Reads a document from `path`.
///
/// # Errors
///
/// When the file cannot be read, is too large, cut off, foreign, of another kind or a newer version, or holds values
/// that make no sense. The message names the file, the place in it, and what to do.
pub fn read<D: Document>(path: &Path) -> Result<D, ReadError> {
    let fail = |problem| ReadError {
        path: path.to_owned(),
        line: None,
        field: None,
        problem,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| fail(Problem::Unreadable(error)))?;
    file.take(DOCUMENT_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| fail(Problem::Unreadable(error)))?;
    if bytes.len() as u64 > DOCUMENT_BYTES {
        return Err(fail(Problem::TooLarge { kind: D::KIND.name() }));
    }
    parse(&bytes).map_err(|(line, field, problem)| ReadError {
        path: path.to_owned(),
        line,
        field,
        problem,
    })
}

type Located = (Option<usize>, Option<String>, Problem);

/// Reads a document from its bytes.
fn parse<D: Document>(bytes: &[u8]) -> Result<D, Located> {
    check_head(bytes, D::KIND)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let document: D = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        let text = inner.to_string();
        let problem = text.split(" at line ").next().unwrap_or(&text).to_owned();
        (
            Some(inner.line()),
            Some(field).filter(|field| field != "."),
            Problem::Malformed(problem),
        )
    })?;
    document
        .check()
        .map_err(|Invalid { place, problem }| (None, Some(place), Problem::Invalid(problem)))?;
    Ok(document)
}

/// Whether it is JSON at all, a document of that kind, and of a version that this program reads.
fn check_head(bytes: &[u8], kind: Kind) -> Result<(), Located> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        schema_version: Option<Value>,
        #[serde(flatten)]
        fields: BTreeMap<String, Value>,
    }
    let unversioned = || (None, None, Problem::Foreign { kind: kind.name() });
    let head: Head = serde_json::from_slice(bytes).map_err(|error| {
        let problem = match error.classify() {
            serde_json::error::Category::Eof => Problem::Truncated(error),
            serde_json::error::Category::Data => return unversioned(),
            _ => Problem::NotJson(error),
        };
        (None, None, problem)
    })?;
    let version = head
        .schema_version
        .as_ref()
        .and_then(Value::as_u64)
        .ok_or_else(unversioned)?;
    if version > u64::from(SCHEMA_VERSION) {
        return Err((None, None, Problem::Newer { found: version }));
    }
    if version == 0 {
        return Err(unversioned());
    }
    if !head.fields.contains_key(kind.mark())
        && let Some(found) = Kind::ALL
            .into_iter()
            .find(|other| head.fields.contains_key(other.mark()))
    {
        return Err((
            None,
            None,
            Problem::OtherKind {
                kind: kind.name(),
                found: found.name(),
            },
        ));
    }
    Ok(())
}

/// Why a file could not be written. What stood there before still does.
#[derive(Debug, thiserror::Error)]
#[error("writing {}: {source}; what was there before is untouched", path.display())]
pub struct WriteError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Writes a document to `path`, whole or not at all.
///
/// # Errors
///
/// When the folder cannot be written, or the disk is full.
///
/// # Panics
///
/// Never: documents have only text for keys.
pub fn write<D: Document>(path: &Path, document: &D) -> Result<(), WriteError> {
    let mut json = serde_json::to_vec_pretty(document).expect("a document has only text for keys");
    json.push(b'\n');
    write_bytes(path, &json)
}

/// Writes a file whole or not at all: to a temporary file in the same folder, flushed, and renamed. A process that is
/// killed leaves the file before or the file after, and at most one `.NAME.*.partial` beside it.
///
/// # Errors
///
/// When the folder cannot be written, or the disk is full.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    put(path, bytes).map_err(|source| WriteError {
        path: path.to_owned(),
        source,
    })
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link, and a pipe or a terminal is written as it is.
    let path = match fs::canonicalize(path) {
        Ok(real) if !real.is_file() => return fs::write(real, bytes),
        Ok(real) => real,
        Err(_) => path.to_owned(),
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let prefix = format!(".{}.", name.to_string_lossy());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    // The rename itself is on disk only once the folder is.
    File::open(folder)?.sync_all()
}
