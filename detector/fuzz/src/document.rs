//! What must hold of documents, however they came to be.

use std::{fmt::Debug, path::Path};

use schema::{document::Document, file};

use crate::check_message;

/// Reads bytes as a document. What is read can be written, and is read back as it was; what is not is refused in one line.
///
/// # Panics
///
/// When that does not hold.
#[must_use]
pub fn check_reader<D: Document + PartialEq + Debug>(bytes: &[u8]) -> Option<D> {
    match file::parse::<D>(Path::new("input"), bytes) {
        Ok(document) => {
            check_is_kept(&document);
            Some(document)
        }
        Err(error) => {
            check_message(&error.to_string());
            None
        }
    }
}

/// Holds a document against itself after it was written and read.
///
/// # Panics
///
/// When it cannot be written, cannot be read back, or is another one then.
pub fn check_is_kept<D: Document + PartialEq + Debug>(document: &D) {
    if let Err(invalid) = document.check() {
        panic!("{invalid}");
    }
    let json = serde_json::to_vec_pretty(document).expect("a document has only text for keys");
    match file::parse::<D>(Path::new("written"), &json) {
        Ok(read) => assert_eq!(&read, document),
        Err(error) => panic!("{error}"),
    }
}
