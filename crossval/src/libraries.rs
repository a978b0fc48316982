//! The outside libraries, those that were not built in too.

use std::collections::BTreeMap;

use schema::crossval::Library;

use crate::peers::LIBRARIES;

/// Every library that crossval knows, each a feature of its name.
pub const NAMES: [&str; 8] =
    ["faer", "gemm", "ggml", "llama-cpp", "matrixmultiply", "openblas", "rten-gemm", "rten-vecmath"];

/// All of them, as the document states them: versions of those that take part, reasons of the others.
#[must_use]
pub fn all() -> BTreeMap<String, Library> {
    let absent = |name: &str| Library {
        version: None,
        detail: None,
        reason: Some(format!("it was not built in: --features {name}, or scripts/crossval.sh, which builds all")),
    };
    let mut all: BTreeMap<String, Library> = NAMES.iter().map(|&name| (name.to_owned(), absent(name))).collect();
    for library in LIBRARIES {
        all.insert(library.name.to_owned(), present(&(library.version)()));
    }
    all
}

/// `VERSION, WHAT IS IN USE`, as a library tells it.
fn present(version: &str) -> Library {
    let (version, detail) = match version.split_once(", ") {
        Some((version, detail)) => (version, Some(detail.to_owned())),
        None => (version, None),
    };
    Library { version: Some(version.to_owned()), detail, reason: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_was_built_in_is_one_of_the_names() {
        assert!(LIBRARIES.iter().all(|library| NAMES.contains(&library.name)));
        assert_eq!(all().len(), NAMES.len());
    }

    #[test]
    fn what_a_library_says_of_itself_is_its_version_and_the_rest() {
        let library = present("0.3.29, SkylakeX kernels, one thread");
        assert_eq!(library.version.as_deref(), Some("0.3.29"));
        assert_eq!(library.detail.as_deref(), Some("SkylakeX kernels, one thread"));
        assert_eq!(present("0.24").detail, None);
    }
}
