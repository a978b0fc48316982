//! Reading a document: every way in which a file can be none ends in one message with file, place and remedy.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde_json::{Value, error::Category};

use super::{
    place::line_of,
    walk::{Head, Stumble, walk},
};
use crate::{
    SCHEMA_VERSION,
    document::{Document, Kind},
};

/// The largest document that is read, in bytes. A nightly report has some 500 kB; a file beyond this is foreign, and
/// reading it whole would only use up the memory.
pub const DOCUMENT_BYTES: u64 = 64 << 20;

/// The most characters of a file that a message repeats in one piece.
const REPEATED_CHARS: usize = 300;

/// Why a document could not be read. Its text says all of it in one line: the file, the place in it, what is wrong,
/// and what to do.
#[derive(Debug, thiserror::Error)]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; `None` where the file as a whole is wrong.
    pub line: Option<usize>,
    /// The path of fields; `None` where the file as a whole is wrong.
    pub field: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reading {}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ", at {}", printable(field))?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// What is wrong with a file that should be a document.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file cannot be opened or read.
    #[error("{0}; check the path and its permissions")]
    Unreadable(io::Error),
    /// It is larger than a document can be.
    #[error("it has more than {} MiB, and no {} has; is it the right file?", DOCUMENT_BYTES >> 20, .kind.name())]
    TooLarge {
        /// What was asked for.
        kind: Kind,
    },
    /// It has nothing in it.
    #[error("it is empty; restore it, or write it anew")]
    Empty,
    /// It ends before its JSON does.
    #[error("it is cut off here; restore it, or write it anew")]
    Truncated,
    /// It is no JSON.
    #[error("it is no JSON: {0}; is it the right file?")]
    NotJson(String),
    /// It is JSON, but no document of ours.
    #[error(
        "it is no {}: it has no schema_version; is it the right file? (`detector import` reads foreign formats)",
        .kind.name()
    )]
    Foreign {
        /// What was asked for.
        kind: Kind,
    },
    /// It is a document of ours, of another kind.
    #[error("it is {}, and {} is asked for here", .found.with_article(), .kind.with_article())]
    OtherKind {
        /// What was asked for.
        kind: Kind,
        /// What it is.
        found: Kind,
    },
    /// It was written by a later version of the program.
    #[error("it has schema_version {found}, and this program reads up to {SCHEMA_VERSION}; use a newer program")]
    Newer {
        /// Its version.
        found: u64,
    },
    /// A field is missing, unknown, there twice or of the wrong type.
    #[error("{0}")]
    Malformed(String),
    /// A value is out of range, or two fields disagree.
    #[error("{0}")]
    Invalid(String),
}

/// Reads a document from `path`.
///
/// # Errors
///
/// When the file cannot be read, is too large, cut off, foreign, of another kind or a newer version, or holds values
/// that make no sense. The message names the file, the place in it, and what to do.
pub fn read<D: Document>(path: &Path) -> Result<D, ReadError> {
    match bytes_of(path, D::KIND) {
        Ok(bytes) => parse(path, &bytes),
        Err(problem) => Err(located(path, problem.into())),
    }
}

/// Reads a document from the bytes of its file; `path` is for people.
///
/// # Errors
///
/// As [`read`], but for those of the file system.
pub fn parse<D: Document>(path: &Path, bytes: &[u8]) -> Result<D, ReadError> {
    document_of(bytes).map_err(|flaw| located(path, flaw))
}

fn located(path: &Path, flaw: Flaw) -> ReadError {
    ReadError {
        path: path.to_owned(),
        line: flaw.line,
        field: flaw.field.filter(|field| !field.is_empty()),
        problem: flaw.problem,
    }
}

/// A problem and its place.
#[derive(Debug)]
struct Flaw {
    line: Option<usize>,
    field: Option<String>,
    problem: Problem,
}

impl From<Problem> for Flaw {
    /// A flaw of the file as a whole.
    fn from(problem: Problem) -> Self {
        Self { line: None, field: None, problem }
    }
}

/// The bytes of a file that is not too large to be a document.
fn bytes_of(path: &Path, kind: Kind) -> Result<Vec<u8>, Problem> {
    let file = File::open(path).map_err(Problem::Unreadable)?;
    // A file tells its length beforehand; a pipe does not, and is read until it has too much.
    let length = file.metadata().map_err(Problem::Unreadable)?.len();
    let mut bytes = Vec::new();
    if length <= DOCUMENT_BYTES {
        file.take(DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(Problem::Unreadable)?;
    }
    if length.max(bytes.len() as u64) > DOCUMENT_BYTES {
        return Err(Problem::TooLarge { kind });
    }
    Ok(bytes)
}

/// The document that the bytes are.
fn document_of<D: Document>(bytes: &[u8]) -> Result<D, Flaw> {
    let json = text_of(bytes)?;
    let head = walk(json).map_err(|stumble| flaw_of(stumble, D::KIND))?;
    check_head(&head, D::KIND)
        .map_err(|flaw| Flaw { line: flaw.field.as_ref().and_then(|field| line_of(json, field)), ..flaw })?;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let mut document: D = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        Flaw {
            line: Some(error.inner().line()),
            field: Some(field).filter(|field| field != "."),
            problem: Problem::Malformed(for_people(error.inner())),
        }
    })?;
    document.upgrade();
    document.check().map_err(|invalid| Flaw {
        line: line_of(json, &invalid.place),
        field: Some(invalid.place),
        problem: Problem::Invalid(printable(&invalid.problem)),
    })?;
    Ok(document)
}

/// The text that the bytes are.
fn text_of(bytes: &[u8]) -> Result<&str, Flaw> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::Empty.into());
    }
    std::str::from_utf8(bytes).map_err(|error| Flaw {
        line: Some(bytes[..error.valid_up_to()].split(|&byte| byte == b'\n').count()),
        field: None,
        problem: match error.error_len() {
            None => Problem::Truncated,
            Some(_) => Problem::NotJson(format!("byte {} is no UTF-8", error.valid_up_to())),
        },
    })
}

fn flaw_of(Stumble { place, error }: Stumble, kind: Kind) -> Flaw {
    let field = Some(place);
    let line = Some(error.line());
    match error.classify() {
        Category::Eof => Flaw { line, field, problem: Problem::Truncated },
        // Where even the top is no object, it is no document at all.
        Category::Data if field.as_deref() == Some("") => Problem::Foreign { kind }.into(),
        Category::Data => Flaw { line, field, problem: Problem::Malformed(for_people(&error)) },
        Category::Syntax | Category::Io => Flaw {
            line,
            field,
            problem: match for_people(&error) {
                text if text == "number out of range" => {
                    Problem::Malformed("must be a number that fits into 64 bits, found a larger one".to_owned())
                }
                text => Problem::NotJson(text),
            },
        },
    }
}

/// Whether it is a document of that kind, of a version that this program reads.
fn check_head(head: &Head, kind: Kind) -> Result<(), Flaw> {
    let Some(version) = &head.version else {
        return Err(Problem::Foreign { kind }.into());
    };
    let at_version = |problem| Flaw { line: None, field: Some("schema_version".to_owned()), problem };
    match version.as_u64() {
        Some(found) if found > u64::from(SCHEMA_VERSION) => return Err(at_version(Problem::Newer { found })),
        Some(1..) => {}
        Some(0) | None => {
            let found = match version {
                Value::Array(_) => "a list".to_owned(),
                Value::Object(_) => "an object".to_owned(),
                scalar => printable(&scalar.to_string()),
            };
            return Err(at_version(Problem::Malformed(format!(
                "must be a whole number from 1 to {SCHEMA_VERSION}, found {found}"
            ))));
        }
    }
    let is = |kind: Kind| head.fields.contains(kind.mark());
    match Kind::ALL.into_iter().find(|&other| is(other)) {
        Some(found) if !is(kind) => Err(Problem::OtherKind { kind, found }.into()),
        _ => Ok(()),
    }
}

/// What serde says, without the place, which is told otherwise, and without the names of Rust's types.
fn for_people(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let mut text = text.strip_suffix(&place).unwrap_or(&text).to_owned();
    for (rust, plain) in [
        (", expected f64", ", expected a number"),
        (", expected u8", ", expected a whole number from 0 to 255"),
        (", expected u32", ", expected a whole number of at least 0"),
        (", expected u64", ", expected a whole number of at least 0"),
    ] {
        if let Some(found) = text.strip_suffix(rust) {
            text = format!("{found}{plain}");
        }
    }
    printable(&text)
}

/// `text` in one line of bearable length, and without what would command a terminal.
fn printable(text: &str) -> String {
    let mut shown: String = text.chars().take(REPEATED_CHARS).flat_map(shown_as).collect();
    if text.chars().nth(REPEATED_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

fn shown_as(character: char) -> impl Iterator<Item = char> {
    let escaped = character.is_control().then(|| character.escape_default());
    let plain = escaped.is_none().then_some(character);
    escaped.into_iter().flatten().chain(plain)
}
