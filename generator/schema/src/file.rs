//! Documents as files: read with a message that says what is wrong and where, written whole or not at all.

mod place;
mod read;
mod walk;
mod write;

pub use read::{DOCUMENT_BYTES, Problem, ReadError, parse, read};
pub use write::{WriteError, WriteProblem, write, write_bytes};
